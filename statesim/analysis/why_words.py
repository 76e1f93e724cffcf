"""What is said of causes, and of what keeps something from working, in English and in Chinese."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statesim.analysis.states_zh import SHOWN_ZH, TRUTH_ZH

if TYPE_CHECKING:
    from statesim.analysis.phrases import Phrases

# what Kubernetes itself shows of a pod (``Ready``, ``Terminating``) stays in Chinese as kubectl has it
STATES: Phrases = {
    "ready": ("Ready", "Ready"),
    "not-ready": ("not Ready", SHOWN_ZH["not-ready"]),
    "terminating": ("Terminating", "Terminating"),
    "no-image": ("ImagePullBackOff", "ImagePullBackOff"),
    "back-off": ("CrashLoopBackOff", "CrashLoopBackOff"),
    "pending": ("pending", "Pending"),
    "waiting-volume": ("waiting volume", SHOWN_ZH["waiting-volume"]),
    "failed": ("failed", "Failed"),
    "succeeded": ("succeeded", "Completed"),
    "absent": ("not there", "不存在"),
    "twice": ("there twice", "同时有两个"),
    "primary": ("primary", TRUTH_ZH["primary"]),
    "replica": ("replica", TRUTH_ZH["replica"]),
    "serving": ("serving", TRUTH_ZH["serving"]),
    "read-only": ("read only", TRUTH_ZH["read-only"]),
    "proxy": ("proxy", TRUTH_ZH["proxy"]),
    "worker": ("worker", TRUTH_ZH["worker"]),
    "starting": ("starting", TRUTH_ZH["starting"]),
    "recovering": ("recovering", TRUTH_ZH["recovering"]),
    "broken": ("broken", TRUTH_ZH["broken"]),
    "stopped": ("stopped", TRUTH_ZH["stopped"]),
    "frozen": ("frozen", TRUTH_ZH["frozen"]),
    "dead": ("dead", TRUTH_ZH["dead"]),
}

WHY: Phrases = {
    "once": ("once", "一次"),
    "times": ("{times} times", "{times} 次"),
    "and_more": (" and {more} more", " 等，另外还有 {more} 个"),
    "stop": (".", "。"),
    "gap": (" ", ""),
    "semicolon": ("; ", "；"),
    # chains
    "before_it": (
        "before it, each with a story of its own (--at){more}:",
        "在它之前，每一次都有自己的来由（--at）{more}：",
    ),
    "more_before": (", and {more} more", "，另外还有 {more} 次"),
    "the_same": ("the same {times} more times", "同样的又重复 {times} 次"),
    "the_same_once": ("the same once more", "同样的又重复一次"),
    "from_to": ("{more}, from {first} to {last}", "{more}，从 {first} 到 {last}"),
    # besides
    "where_ended": ("Where data has ended until then: {told}.", "到那时为止，数据终结于：{told}。"),
    "none_ended": (
        "No data has ended until then, but others lead, with what they had received: {told}.",
        "到那时为止没有数据终结，但现在由别的成员领导，它们只有已收到的数据：{told}。",
    ),
    "more_ended": ("; and {more} more", "；另外还有 {more} 处"),
    "vacant": ("There had been no primary for {time} s: {told}.", "此前有 {time} 秒没有主库：{told}。"),
    "after": (', after "{label}" at {at}', "，在{at}的“{label}”之后"),
    "at": ("at {at} {told}", "{at}，{told}"),
    # pods
    "no_pod": ("At {at} there is no pod {name}.", "在{at}，没有 Pod {name}。"),
    "shows": (
        "At {at} Kubernetes shows {name} as {api}; really {really}.",
        "在{at}，Kubernetes 把 {name} 显示为 {api}；实际上{really}。",
    ),
    "it_is": ("it is {truth}", "它是：{truth}"),
    "none_ran": ("no program of it has run yet", "它还没有程序运行过"),
    "as": ("{name} as {state}", "{name} 为 {state}"),
    "not_ready": (
        "At {at} Kubernetes shows {shown}{more}; explain Pod/NAME says why.",
        "在{at}，Kubernetes 显示 {shown}{more}；explain Pod/NAME 说明原因。",
    ),
    "more_not_ready": (", and {more} more that are not Ready", "，另外还有 {more} 个未就绪"),
    "unconfirmed": (
        "Only the kubelet of {node} could confirm its end, and that machine {how}: until the pod's object is "
        "gone its name is taken and its volumes stay attached.",
        "只有 {node} 的 kubelet 能确认它已结束，而那台机器{how}："
        "在 Pod 对象消失之前，它的名字一直被占用，卷一直挂接着。",
    ),
    "beside": (
        "A program of an earlier {name} still runs on {where}.",
        "上一个 {name} 的程序仍在运行：{where}。",
    ),
    "held": ("Its volume is still attached to {nodes}.", "它的卷仍挂接在 {nodes} 上。"),
    "crashed": ("has no power", "已断电"),
    "paused": ("stands still", "停顿不动"),
    "cut-off": ("is cut off", "网络被隔离"),
    # scheduling
    "no_node": (
        "Since {first} the scheduler finds no node for it: {why}",
        "自{first}起，调度器为它找不到节点：{why}",
    ),
    "gates": (
        "The scheduler does not look at it before its scheduling gates are removed: {gates}.",
        "在去掉它的调度门控之前，调度器不会处理它：{gates}。",
    ),
    "every_node": ("every node", "每个节点"),
    "room": ("Room is being made for it on {node}{who}.", "正在 {node} 上为它腾出位置{who}。"),
    "room_who": (": {pods} must end first", "：{pods} 须先结束"),
    # images
    "no_image": (
        "The image {image} does not exist: it was asked for {often}, first at {first}.",
        "镜像 {image} 不存在：已请求 {often}，首次在{first}。",
    ),
    "asks_again": ("The kubelet asks again at about {at}.", "kubelet 约在{at}再次请求。"),
    "set_it": ('"{label}" set it at {at}.', "它由{at}的“{label}”设置。"),
    "had_it": ("{kind} {name} has had it from the beginning.", "{kind} {name} 从一开始就用它。"),
    # restarts
    "waits": (
        "The kubelet waits {delay} s before it starts the container again, at about {at}",
        "kubelet 等待 {delay} 秒后才再次启动容器，约在{at}",
    ),
    "ended_once": (
        "Its program has ended once, at {last} ({how}){why}. ",
        "它的程序结束过一次，在{last}（{how}）{why}。",
    ),
    "ended": (
        "Its program has ended {times} times from {first} on, the last time at {last} ({how}){why}. ",
        "它的程序自{first}起已结束 {times} 次，最近一次在{last}（{how}）{why}。",
    ),
    "code": (", exit code {code}", "，退出码 {code}"),
    "because": (": {why}", "：{why}"),
    "lasts": ('"{label}" has lasted since {at}', "“{label}”自{at}起持续至今"),
    "over": (
        '"{label}" has been over since {at}, but nobody tells the kubelet',
        "“{label}”在{at}已结束，但没有谁告诉 kubelet",
    ),
    # budgets
    "refused": ("Up to {at} {name} has refused:", "到{at}为止，{name} 拒绝了："),
    "refusal": ("  the eviction of {pod} {often}, {when}{why}", "  对 {pod} 的驱逐 {often}，{when}{why}"),
    "when_at": ("at {at}", "在{at}"),
    "when_from": ("from {first} to {last}", "从{first}到{last}"),
    # clients
    "never": ("At {at} no {f} of {client} has ever succeeded", "在{at}，{client} 的{f}从未成功过"),
    "none_since": (
        "At {at} no {f} of {client} has succeeded since {since}",
        "在{at}，{client} 的{f}自{since}起没有成功过",
    ),
    "pod_gone": (
        ", and {target} is not there; explain {target} says why",
        "，而 {target} 不存在；explain {target} 说明原因",
    ),
    "pod_shown": (
        ", and {target} is shown as {state}; explain {target} says why",
        "，而 {target} 显示为 {state}；explain {target} 说明原因",
    ),
    "goes_to": ("; it goes to {target}", "；它去往 {target}"),
    "sends_to": ("; {target} sends new connections to {ready}", "；{target} 把新连接送到 {ready}"),
    "no_address": (": {target} has no pod with an address", "：{target} 没有带地址的 Pod"),
    "none_ready": (
        ": {target} has no pod that is Ready. Kubernetes shows {there}; explain Pod/NAME says why",
        "：{target} 没有就绪的 Pod。Kubernetes 显示 {there}；explain Pod/NAME 说明原因",
    ),
    "silent": (
        "{sessions} to {pod}, whose machine {node} {how}",
        "{sessions} 个到 {pod}，而它的机器 {node} {how}",
    ),
    "still_has": (
        "; connections that it still has: {some}, and nobody has told it",
        "；它仍然持有的连接：{some}，而没有谁告诉它",
    ),
    "told_since": (
        "Callers have been told {counted} since then{why}.",
        "此后调用者得到的回答：{counted}{why}。",
    ),
    "counted": ('"{error}" {times} times', "“{error}” {times} 次"),
    "hangs_one": (
        "One of its sessions has had no connection since {since}, and the attempt to make one hangs: to a "
        "machine that is silent TCP tries for 127 s, unless the client's timeout for connecting ends it.",
        "它有一个会话自{since}起没有连接，而新的连接尝试悬着："
        "对沉默的机器，TCP 会尝试 127 秒，除非客户端的连接超时先结束它。",
    ),
    "hangs": (
        "{sessions} of its sessions have had no connection since {since}, and the attempt to make one hangs: "
        "to a machine that is silent TCP tries for 127 s, unless the client's timeout for connecting ends "
        "it.",
        "它有 {sessions} 个会话自{since}起没有连接，而新的连接尝试悬着："
        "对沉默的机器，TCP 会尝试 127 秒，除非客户端的连接超时先结束它。",
    ),
    # what the most usual errors mean; the first that fits is told
    # pgbouncer doc/config.md, server_login_retry
    "server login has been failing": (
        "PgBouncer does not try again for server_login_retry (15 s unless it is set) after a failure, and "
        "answers with that error until then",
        "失败之后，PgBouncer 在 server_login_retry（未设置时为 15 秒）内不再尝试，期间一直以该错误应答",
    ),
    # HikariCP README, connectionTimeout
    "Connection is not available": (
        "all connections of the pool are lent, and who has them hears nothing",
        "连接池的连接全部借出，而持有者听不到任何应答",
    ),
    # gunicorn docs, Settings: backlog
    "turned away": (
        "more ask than are served; who stands in line waits for longer than he is patient, and is worked for "
        "all the same when he has gone",
        "请求多于所能服务的；排队者等得超过了耐心，离开之后仍有人为他工作",
    ),
    "connect timeout": (
        "a machine that is silent refuses nobody: only the client's patience ends an attempt",
        "沉默的机器不会拒绝任何人：只有客户端的耐心能结束一次尝试",
    ),
    "statement timeout": (
        "who does not answer in time is gone, or has too much to do, or waits for somebody",
        "没有及时应答的，要么已不在，要么太忙，要么在等别人",
    ),
}
