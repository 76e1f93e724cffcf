"""What an outcome says, in English and in Chinese."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from statesim.analysis.phrases import Phrases

OUTCOME: Phrases = {
    # how parts stand together
    "comma": (", ", "，"),
    "semicolon": ("; ", "；"),
    "and": (", ", "、"),
    "but": ("but {words}", "但{words}"),
    "of": ("{names}: {words}", "{names}：{words}"),
    # service
    "never_stopped": ("{what} never stopped", "{what}从未停止"),
    "asked_nothing": ("clients asked for nothing", "客户端没有任何请求"),
    "no_until_end": ("no {what} until the end ({last})", "{what}一直中断到结束（{last}）"),
    "no_until_end_all": (
        "no {what} until the end ({last}; {total} in all)",
        "{what}一直中断到结束（{last}；共 {total}）",
    ),
    "no_for": ("no {what} for {longest}", "{what}中断 {longest}"),
    "no_for_all": ("no {what} for {longest} ({total} in all)", "{what}中断 {longest}（共 {total}）"),
    "out_times": ("{what} out {times} times, {total} in all", "{what}中断 {times} 次，共 {total}"),
    "out_for": ("out for {time}", "中断 {time}"),
    "servers_after": (", servers after {time}", "，服务器在 {time}后恢复"),
    # calls
    "failed": ("{count:,} failed", "失败 {count:,} 次"),
    "failed_of": ("{count:,} of the {what} failed", "{what}失败 {count:,} 次"),
    "failed_many": ("{count:,} of {asked:,} failed", "{asked:,} 次中失败 {count:,} 次"),
    "failed_many_of": ("{count:,} of {asked:,} {what} failed", "{asked:,} 次{what}中失败 {count:,} 次"),
    "unknown": ("{count:,} unknown", "结果不明 {count:,} 次"),
    "unknown_of": ("{count:,} of the {what} unknown", "{what}结果不明 {count:,} 次"),
    "aborted": ("{count:,} of the transactions aborted", "{count:,} 个事务被中止"),
    "refused": ("{count:,} of {asked:,} users' calls refused", "{asked:,} 次用户调用中 {count:,} 次被拒绝"),
    "slow": ("slow (p50 {time})", "缓慢（p50 {time}）"),
    "slow_of": ("{whose} {words}", "{whose} {words}"),
    # data
    "lost": ("{count:,} acknowledged write{s} lost", "丢失 {count:,} 次已确认的写入"),
    "nothing_lost": ("nothing lost", "没有丢失数据"),
    "nobody_checked": ("nobody checked what was lost", "没有检查丢失了什么"),
    "invalid": ("judged invalid ({found})", "判定为无效（{found}）"),
    "found": ("{count:,} \N{MULTIPLICATION SIGN} {what}", "{count:,} \N{MULTIPLICATION SIGN} {what}"),
    "two": ("two primaries for {time}", "两个主库并存 {time}"),
    "several": ("several primaries for {time}", "多个主库并存 {time}"),
    # people
    "logged_out": ("{count:,} user{s} logged out", "{count:,} 名用户被登出"),
    "times": ("{words} {times:,} times", "{words}，共 {times:,} 次"),
    "viewers": ("{count:,} viewer{s} cut", "{count:,} 名观众被切断"),
    "stalls": ("{count:,} stall{s}", "卡顿 {count:,} 次"),
    "origin": ("the origin bore {jump:.2g} times as much", "源站承受了 {jump:.2g} 倍的负载"),
    # work
    "drain_failed": ("a drain failed", "一次腾空失败"),
    "drains_failed": ("{count} drains failed", "{count} 次腾空失败"),
    "drain_unfinished": ("a drain never ended", "一次腾空从未完成"),
    "drains_unfinished": ("{count} drains never ended", "{count} 次腾空从未完成"),
    "unscheduled": ("{count} pod{s} Pending to the end", "{count} 个 Pod 到结束仍是 Pending"),
    "replaced": ("{count} pod{s} replaced", "替换了 {count} 个 Pod"),
    "none_replaced": ("no pod was replaced", "没有 Pod 被替换"),
    # durations
    "s": ("{s_} s", "{s_} 秒"),
    "min": ("{min} min", "{min} 分钟"),
    "min_s": ("{min} min {s_} s", "{min} 分 {s_} 秒"),
    "h": ("{h} h", "{h} 小时"),
    "h_min": ("{h} h {min} min", "{h} 小时 {min} 分"),
    "d": ("{d:,} d", "{d:,} 天"),
    # what clients ask for
    "write": ("writes", "写入"),
    "txn": ("transactions", "事务"),
    "transfer": ("transfers", "转账"),
    "add": ("increments", "累加"),
    "act": ("users' calls", "用户调用"),
    "request": ("requests", "请求"),
    "segment": ("pieces of streams", "流片段"),
    "read": ("reads", "读取"),
    "": ("operations", "操作"),
}

# what the checkers find (`consistency`), in Chinese; a code follows where `consistency.words` has one
ANOMALIES = {
    "G0": "脏写",
    "G1a": "读到已中止的数据",
    "G1b": "读到中间状态",
    "G1c": "循环读",
    "G-single": "读偏斜",
    "G2-item": "写偏斜",
    "lost update": "丢失更新",
    "stale read": "陈旧读",
    "phantom read": "幻读",
    "phantom write": "幻影写入",
    "phantom increment": "幻影累加",
    "phantom element": "幻影元素",
    "duplicate element": "重复元素",
    "incompatible order": "顺序互相矛盾",
    "internal": "事务内部矛盾",
    "lost append": "丢失的追加",
    "lost increment": "丢失的累加",
    "lost write": "丢失的写入",
    "non-monotonic read": "非单调读",
    "read-your-writes": "读不到自己的写入",
    "not linearizable": "不可线性化",
    "wrong total": "总额错误",
    "negative balance": "余额为负",
    "wrong session": "错误的会话",
    "revoked session": "已注销的会话",
    "phantom in the cart": "购物车里的幻影",
}
