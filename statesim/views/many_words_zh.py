"""What pictures of many runs say, in Chinese, by the English; see `words_zh`."""

from __future__ import annotations

# what metrics are called (`metric_words`), each as it begins a heading
METRICS = {
    "Acknowledged writes lost": "丢失的已确认写入",
    "Operations acknowledged": "已确认的操作",
    "Operations that failed": "失败的操作",
    "Operations without an answer": "没有应答的操作",
    "Stale reads": "陈旧读",
    "Time without service": "服务中断时间",
    "Longest outage": "最长的中断",
    "First outage": "第一次中断",
    "Outages": "中断次数",
    "Availability": "可用性",
    "Time without reads": "无法读取的时间",
    "Availability of reads": "读取的可用性",
    "Time until servers took writes again": "服务器恢复写入所需时间",
    "Time until clients were back, median": "客户端恢复所需时间，中位数",
    "Time until clients were back, 99 of 100": "客户端恢复所需时间，百分之九十九",
    "Time until the last client was back": "最后一个客户端恢复所需时间",
    "Sessions broken": "断开的会话",
    "Users logged out": "被登出的用户",
    "Failovers": "故障切换次数",
    "Time without a primary, longest": "没有主库的时间，最长一次",
    "Time without a primary": "没有主库的时间",
    "Writes that the new primary did not have": "新主库没有的写入",
    "Age of the oldest write lost": "最早丢失的写入距今",
    "Time with two primaries": "两个主库并存的时间",
    "Time without a majority": "失去多数派的时间",
    "Time with all pods Ready": "全部 Pod 就绪的时间",
    "Time with too few pods Ready": "就绪 Pod 不足的时间",
    "Time until the pod was replaced": "Pod 被替换所需时间",
    "Time until the replacement was Ready": "替换的 Pod 就绪所需时间",
    "Time that pods waited for a volume": "Pod 等待卷的时间",
    "Restarts": "重启次数",
    "{metric}, {whose}": "{metric}，{whose}",
    "all": "全部",
    "more is better": "越多越好",
    "less is better": "越少越好",
    "not over": "尚未结束",
    "never": "从未发生",
    "no bound": "没有上界",
}
DISTRIBUTION = {
    "always {value}": "始终为 {value}",
    "{what} in {share:.3g} %": "{share:.3g} % 的运行{what}",
    "{what} in any run": "所有运行都{what}",
    "same as {name}": "与 {name} 相同",
    "both the same: ": "两者相同：",
    "all {count} the same: ": "{count} 个都相同：",
    "both nearly the same: ": "两者几乎相同：",
    "all {count} nearly the same: ": "{count} 个几乎都相同：",
    "● a run   ◆ mean of all": "● 一次运行   ◆ 全部的平均值",
    "{low:,} to {high:,}": "{low:,} 到 {high:,}",
    "{runs} runs a curve. Band: with 95 % confidence all of the true curve lies in it (DKW).": (
        "每条曲线 {runs} 次运行。色带：真实曲线以 95 % 的置信度全部落在其中（DKW）。"
    ),
    "{count:,} runs have no value.": "{count:,} 次运行没有数值。",
    "* Too few runs to say how much more that percentile may be.": (
        "* 运行次数太少，无法说明该百分位数还可能大多少。"
    ),
    "The further right, the better: each point says in what share of the runs it was that or less.": (
        "越靠右越好：每个点表示多大比例的运行不超过该数值。"
    ),
    "The further left, the better: each point says in what share of the runs it was that or less.": (
        "越靠左越好：每个点表示多大比例的运行不超过该数值。"
    ),
    "Each point says in what share of the runs it was that or less.": "每个点表示多大比例的运行不超过该数值。",
    "of the runs": "占运行的比例",
    "how many": "数量",
    "{metric} ({unit})": "{metric}（{unit}）",
}
NINES = {
    "How many nines? {metric}": "几个九？{metric}",
    "● one run   ◆ mean of all runs, with 95 % confidence (BCa bootstrap).": (
        "● 一次运行   ◆ 全部运行的均值，95 % 置信区间（BCa 自助法）。"
    ),
    "no downtime in any of {runs:,} runs": "{runs:,} 次运行都没有停机",
    "{estimate}  ({low} to {high})  down {time} a year": "{estimate}（{low} 到 {high}）每年停机 {time}",
    "{estimate}, down {time} a year": "{estimate}，每年停机 {time}",
    "{estimate}, down {time}": "{estimate}，停机 {time}",
    "down in {time}": "{time}中的停机时间",
    "Runs of {time} with failures in them: no forecast of a year.": (
        "每次运行 {time}，故障都在其中：不能推算到一年。"
    ),
    "{runs:,} runs": "{runs:,} 次运行",
    "{runs:,} runs of {time}": "{runs:,} 次 {time}的运行",
    "no downtime: more nines than {what} can show": "没有停机：九的个数超出 {what}所能显示的",
    "no downtime": "没有停机",
    "A run is {time} with its failures in it: the upper scale says what that share of "
    "a year would be, not what a year is like.": (
        "一次运行为 {time}，故障都在其中：上方刻度表示按此比例一年会停机多久，并不表示一年的实际情况。"
    ),
    "{path}: one step to the right is a tenth of the downtime": "{path}：每向右一格，停机时间减为十分之一",
    "available": "可用性",
    "always down": "一直停机",
    "down in a year": "一年中的停机时间",
    "   {perfect:,} of {runs:,} runs without downtime": "   {runs:,} 次运行中 {perfect:,} 次没有停机",
}
SIDE_BY_SIDE = {
    "one seed": "一个随机种子",
    "{count:,} seeds, the same for all; compared with {name}": "{count:,} 个随机种子，各变体相同；与 {name} 比较",
    "● a run   ◆ mean of all, with 95 % confidence   ± 95 % confidence of the mean difference": (
        "● 一次运行   ◆ 均值，95 % 置信区间   ± 平均差的 95 % 置信区间"
    ),
    "One run of each: an example, and no measurement. Many seeds say how sure it is.": (
        "每个变体只运行一次：是例子，不是测量。用许多随机种子才知道有多可靠。"
    ),
    "no such number": "没有这个数",
    "{what} in {open:,} of {count:,} runs": "{count:,} 次运行中 {open:,} 次{what}",
    "{value} on average": "平均 {value}",
    "always {sign}{value}": "始终 {sign}{value}",
    "always the same": "始终相同",
    "{value}, one seed": "{value}，一个随机种子",
    "{value}, 0 is in it": "{value}，包含 0",
    "better": "较好",
    "worse": "较差",
    "lower": "较低",
    "higher": "较高",
    "equal": "相等",
    "{how} in {count:,}": "{count:,} 个{how}",
    "{how} in all {count:,} seeds": "全部 {count:,} 个随机种子都{how}",
    "{parts} of {count:,} seeds": "{parts}，共 {count:,} 个随机种子",
    "baseline": "基准",
    ", the most typical of {count:,}": "，{count:,} 个中最典型的",
    "{title}: seed {seed}{why}": "{title}：随机种子 {seed}{why}",
    "{metric}: 0 in every run of every variant.": "{metric}：所有变体的每次运行都为 0。",
    "{count:,} seeds, compared with {name}": "{count:,} 个随机种子，与 {name} 比较",
    "● a seed   ◆ mean   | the seed at the left   ± 95 % confidence of the mean difference": (
        "● 一个随机种子   ◆ 均值   | 左边的那个随机种子   ± 平均差的 95 % 置信区间"
    ),
}
HEAT = {
    ".": "。",
    "Nothing differs: all cells have the same value.": "没有差别：所有格子的数值相同。",
    "The intervals of all cells overlap": "所有格子的区间互相重叠",
    "{count:,} pairs, Bonferroni": "{count:,} 对，Bonferroni 校正",
    "paired t": "配对 t 检验",
    "; seed by seed no two differ by more than chance ({how}).": "；按随机种子逐一比较，没有两个的差别超过偶然（{how}）。",
    ", but seed by seed {higher} is higher than {lower}: in {count:,} of {seeds:,} seeds.": (
        "，但按随机种子逐一比较，{higher} 高于 {lower}：{seeds:,} 个随机种子中有 {count:,} 个。"
    ),
    "mean": "均值",
    "no more than this in {share:g} of 100 runs": "100 次运行中有 {share:g} 次不超过此值",
    "not run": "未运行",
    "no value": "没有数值",
    "in {count} of {runs}": "{runs} 次中 {count} 次",
    "in every run": "每次都是",
    "{low} to {high}": "{low} 到 {high}",
    "at least {value}": "至少 {value}",
    "at most {value}": "至多 {value}",
    "{runs:,} runs in {cells} cells.": "{cells} 个格子共 {runs:,} 次运行。",
    "Student's t": "学生 t 分布",
    "order statistics": "次序统计量",
    "The small numbers: 95 % confidence ({how}).": "小字：95 % 置信区间（{how}）。",
}
MANY = HEAT | METRICS | DISTRIBUTION | NINES | SIDE_BY_SIDE
