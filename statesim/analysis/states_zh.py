"""States in Chinese: what a program, a pod or a member is, by the name that the trace has for it.

Whatever tells of states takes them from here: sentences (`words_zh`), causes (`why_words`), pictures
(``views.words_zh``). The page that plays a run has its own table, which a test holds to this one.
"""

from __future__ import annotations

# what a program, or the member of a system that it is, really is
TRUTH_ZH = {
    "primary": "主库",
    "replica": "副本",
    "standby": "备库",
    "proxy": "代理",
    "worker": "工作节点",
    "coordinator": "协调者",
    "serving": "服务中",
    "read-only": "只读",
    "starting": "启动中",
    "recovering": "恢复中",
    "broken": "损坏的副本",
    "frozen": "冻结",
    "dead": "已死",
    "twice": "同时两个",
    "stopped": "已停止",
}
# how a program ended
ENDS_ZH = {
    "crashed": "崩溃",
    "killed": "被杀死",
    "power-cut": "断电",
    "corrupted": "数据损坏",
}
# what Kubernetes says of a pod, in other words than its own
SHOWN_ZH = {
    "ready": "就绪",
    "not-ready": "未就绪",
    "pending": "待调度",
    "waiting-volume": "等待卷",
    "terminating": "终止中",
    "failed": "失败",
    "succeeded": "已完成",
}
