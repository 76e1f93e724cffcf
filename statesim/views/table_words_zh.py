"""What reports and tables say, in Chinese, by the English; see `words_zh`."""

from __future__ import annotations

# the summary of a run, at a terminal and in the report (`tables`)
SUMMARY = {
    "{scenario}, seed {seed}": "{scenario}，随机种子 {seed}",
    "variant": "变体",
    "variants": "变体",
    "variant, and what happened": "变体，以及发生了什么",
    "acknowledged": "已确认",
    "acked": "已确认",
    "judged": "判定",
    "valid": "有效",
    "invalid": "无效",
    "unknown": "不明",
    "no service in all": "中断合计",
    "no service\nin all": "中断\n合计",
    "longest outage": "最长的中断",
    "servers back after": "服务器恢复用时",
    "servers\nback after": "服务器\n恢复用时",
    "clients back after (median)": "客户端恢复用时（中位数）",
    "clients\nback after\n(median)": "客户端\n恢复用时\n（中位数）",
    "sessions broken": "断开的会话",
    "failovers": "故障切换",
    "two primaries": "两个主库并存",
    "what happened": "发生了什么",
    "No service: from the last answer to any session of a client to the next one. Servers back after: the "
    "longest time in which no server took writes. Clients back after: from a session's first call in vain to "
    "its own next answer, the median of these sessions. It begins later than the servers' time, ends later "
    "than no service, so it may be shorter or longer than either. Never: not before the run ended. "
    "A dash: nobody can tell, as of clients that count and keep no history.": (
        "中断：从客户端任一会话最后一次得到应答，到下一次得到应答。服务器恢复用时：没有服务器接受写入的最长一段时间。"
        "客户端恢复用时：从一个会话第一次请求落空，到它自己下一次得到应答，取这些会话的中位数。"
        "它比服务器的时间开始得晚，又比中断结束得晚，所以可能比两者都短，也可能都长。"
        "从未发生：直到运行结束也没有。短横线：无从得知，例如只计数、不保留历史的客户端。"
    ),
    "Clients back after: no room beside numbers that long; the report and metrics.json have it.": (
        "客户端恢复用时：数字太长，这里放不下；报告和 metrics.json 里有。"
    ),
    "! {name}: {invariant} was broken {count} time{s}": "! {name}：不变式 {invariant} 被违反 {count} 次",
    "What to look for": "看点",
    "{told} (in {meant}; this run is another one)": "{told}（就{meant}而言；这是另一次运行）",
    "Expected of {meant}, which this run is not; what does not hold may be right here:": (
        "以下预期是就{meant}而言的，这是另一次运行；不成立的在这里也可能是对的："
    ),
    "{what} is {actual}: {expected}": "{what} 为 {actual}：{expected}",
    "{what}: {why}": "{what}：{why}",
}
# what stands around them in the report (`html`)
REPORT = {
    "Scenario {scenario}, seed {seed}, {time} of simulated time.": "场景 {scenario}，随机种子 {seed}，仿真时间 {time}。",
    "Summary": "摘要",
    "Replay": "回放",
    "{count:,} events: {command} makes a page that plays them.": "共 {count:,} 个事件：{command} 生成播放它们的页面。",
    "This page plays a run of a simulation; it needs JavaScript, and no network.": (
        "本页回放一次仿真运行；需要 JavaScript，不需要网络。"
    ),
    "The timeline: what happened to each pod, node and volume, and what clients were answered": (
        "时间线：每个 Pod、节点和卷发生了什么，客户端得到了什么应答"
    ),
    "Expectations and findings": "预期与发现",
    "What happened": "事件经过",
    "and {more:,} more up to the end": "到结束为止另有 {more:,} 个",
    "{writes:,} write was acknowledged to {client} at {first:.3f} s, and is not in the data that survived": (
        "{first:.3f} 秒时向 {client} 确认的 {writes:,} 次写入不在幸存的数据中"
    ),
    "{writes:,} writes were acknowledged to {client} between {first:.3f} s and {last:.3f} s, "
    "and are not in the data that survived": (
        "{first:.3f} 秒到 {last:.3f} 秒之间向 {client} 确认的 {writes:,} 次写入不在幸存的数据中"
    ),
    ": {elements}": "：{elements}",
    "elements {shown}": "元素 {shown}",
    "elements {shown} and others": "元素 {shown} 等",
}
# what else is listed at a terminal (`tables`)
LISTS = {
    "name": "名称",
    "title": "标题",
    "Variants": "变体",
    "metric": "指标",
    "no metric differs": "没有指标不同",
}
TABLES = SUMMARY | REPORT | LISTS
