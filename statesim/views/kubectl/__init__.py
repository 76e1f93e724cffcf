"""Objects as `kubectl get` and `kubectl describe` show them: functions of documents, as kubectl's own are."""
