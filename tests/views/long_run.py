"""A scenario whose run has more than 50,000 events: what is promised of pages is promised of such a one."""

LONG = """\
apiVersion: statesim/v1
kind: Scenario
metadata: {name: long, title: Programs that die again and again}
seed: 3
duration: 14h
cluster: {nodes: [{name: n, count: 12, zones: [a, b, c]}]}
images:
  "web:*": {pull: 2s, start: 1s, ready: 1s, stop: 1s}
manifests:
  - {apiVersion: v1, kind: Service, metadata: {name: web}, spec: {selector: {app: web}, ports: [{port: 80}]}}
  - apiVersion: apps/v1
    kind: Deployment
    metadata: {name: web}
    spec:
      replicas: 40
      selector: {matchLabels: {app: web}}
      template: {metadata: {labels: {app: web}}, spec: {containers: [{name: c, image: "web:1"}]}}
clients:
  - {name: shop, target: Service/web, sessions: 20, operations: {kind: web, rate: 20/s}, recording: flow}
timeline:
  - {random: {mtbf: 10m, per: pod}, do: container-kill, on: Deployment/web, label: a program dies}
  - {random: {mtbf: 2h, mttr: 5m}, do: node-crash, on: {anyNode: {}}, label: a machine fails}
"""
