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
    "What one shows:  {command} scenarios NAME": "某个场景的内容：  {command} scenarios NAME",
    "Run one with:    {command} run NAME --out out/NAME": "运行其中一个：    {command} run NAME --out out/NAME",
    "name": "名称",
    "title": "标题",
    "Variants": "变体",
    "metric": "指标",
    "no metric differs": "没有指标不同",
}
# the tables of a sweep (`sweep_tables`)
SWEPT = {
    "p95: what 95 of 100 runs keep, p99: 99 of 100. Below stand 95 % intervals: of these by order statistics "
    "(unknown: too few runs for a bound), of the mean by the bootstrap. "
    "Never, not over: not before the run ended; the mean is of the others.": (
        "p95：100 次运行中有 95 次不超过它；p99：99 次。下面是 95 % 置信区间：百分位数按次序统计量"
        "（不明：运行次数太少，没有界限），均值按自助法。"
        "从未发生、尚未结束：到运行结束时也没有；均值只算其余的运行。"
    ),
    "no run has a value of these metrics": "没有运行有这些指标的数值",
    "{title}: {metric}": "{title}：{metric}",
    " ({which})": "（{which}）",
    "median": "中位数",
    "worst": "最差",
    "seed {seed}": "随机种子 {seed}",
    "from {low}": "从 {low}",
    "to {high}": "到 {high}",
    "in {count:,} of {all:,}": "{all:,} 次中 {count:,} 次",
    "none": "没有数值",
    "{processors:.2f} processors busy": "平均用到 {processors:.2f} 个处理器",
    "{share:.0f} % of {count} core{s} used": "{count} 个核用到 {share:.0f} %",
    "{runs} in {time}: {rate:.1f} runs/s, {each:.0f} ms of processor time each, {busy}": (
        "{runs}，用时 {time}：每秒 {rate:.1f} 次，每次占用处理器 {each:.0f} 毫秒，{busy}"
    ),
    "{count:,} run{s}": "{count:,} 次运行",
    "{value}: {command}": "{value}：{command}",
}
# the tables of a comparison over many seeds (`seeds_table`)
SEEDS = {
    "± is a 95 % confidence interval of the mean difference, seed by seed (Student's t): where 0 is in it, "
    "these seeds do not show that the variant differs. Common seeds: all variants meet the same failures and "
    "arrivals; with seeds of their own the differences would vary that many times as much (their variance), "
    "and it would take that many times the runs to be as sure.": (
        "± 是按随机种子逐一比较的平均差的 95 % 置信区间（学生 t 分布）：若包含 0，这些随机种子就不能说明该变体有差别。"
        "公共随机种子：所有变体遇到同样的故障和到达；若各用各的随机种子，差的方差会是现在的这么多倍，"
        "要同样可靠，就需要这么多倍的运行次数。"
    ),
    "no metric differs between the variants in any of {seeds:,} seeds": (
        "在全部 {seeds:,} 个随机种子中，各变体的指标都没有差别"
    ),
    "better/equal/\nworse seeds": "较好/相等/\n较差的种子数",
    "lower/equal/\nhigher seeds": "较低/相等/\n较高的种子数",
    " ({path}, {which})": "（{path}，{which}）",
    " ({path})": "（{path}）",
    "difference to\n{baseline}": "与 {baseline}\n之差",
    "mean,\nmedian": "均值、\n中位数",
    "common\nseeds": "公共\n种子",
    "{line}: {metrics}": "{line}：{metrics}",
    "the interval includes 0, {seeds:,} seeds do not tell {variant} from {baseline}": (
        "区间包含 0，{seeds:,} 个随机种子分不出 {variant} 与 {baseline}"
    ),
    "{what} in {count:,} of {all:,} runs of {variant}": "{variant} 的 {all:,} 次运行中 {count:,} 次{what}",
}
# what the commands `run`, `sweep` and `compare` say around their tables
COMMANDS = {
    "running": "运行中",
    "drawing": "绘图中",
    "writing": "写入中",
    "wrote {count:,} file{s} to {out}": "已写入 {count:,} 个文件到 {out}",
    " and {more} more": " 等，另有 {more} 个",
    "{told}: {names}{more}": "{told}：{names}{more}",
    "wrote {name}": "已写入 {name}",
    "not all events have room: --window {start}s-{end}s draws what follows": (
        "没有足够的位置画出所有事件：用 --window {start}s-{end}s 画后面的部分"
    ),
    "wrote {names} to {out}": "已写入 {out}：{names}",
    "removed {count} of an earlier run: {names}": "已删除先前一次运行的 {count} 个文件：{names}",
    "{replay} would have played the earlier run; {again} makes it again": (
        "{replay} 播放的是先前那次运行；{again} 重新生成它"
    ),
    ", {before:,} of them finished before": "，其中 {before:,} 次先前已完成",
    "{beside:,} finished runs of other seeds lie there too: they stay in the tables": (
        "那里还有其他随机种子的 {beside:,} 次已完成的运行：它们仍在表中"
    ),
    "stopped after {done:,} of {count:,} run{s}": "共 {count:,} 次运行，完成 {done:,} 次后停止",
    "{told}; nothing is kept: with --out DIR it would be, and --resume would go on": (
        "{told}；没有保留任何结果：加上 --out DIR 就会保留，之后可用 --resume 继续"
    ),
    "{told}; nothing is kept: the same command begins again": "{told}；没有保留任何结果：同一命令会从头开始",
    "{told}; they are kept in {out}. To go on:": "{told}；结果保留在 {out}。继续的命令：",
    "stopped while drawing; all numbers are written. {again}": "绘图时停止；所有数字都已写入。{again}",
    "To draw: {command}": "绘图的命令：{command}",
    "The same command draws them again.": "同一命令会重新绘制。",
    "The same command draws it again.": "同一命令会重新绘制。",
    "The same command with --resume draws them.": "同一命令加上 --resume 会绘制它们。",
    "{stopped}: what follows is of those": "{stopped}：以下只涉及这些运行",
    "{stopped}: what follows is of the {whole:,} seeds that all variants have finished": (
        "{stopped}：以下只涉及所有变体都已完成的 {whole:,} 个随机种子"
    ),
    "{stopped}: no seed is finished in all variants": "{stopped}：没有一个随机种子在所有变体中都已完成",
    "{count:,} seed{s}": "{count:,} 个随机种子",
    "{scenario}: {seeds} for each of {count} case{s}": "{scenario}：{count} 种情形，每种 {seeds}",
    "{seeds:,} seeds for each of {count} variant{s}": "{count} 个变体，每个 {seeds:,} 个随机种子",
    "without {paths}, for which there is no place: {names}": "没有 {paths} 的位置，因此不带它运行：{names}",
    "no run has a value of {metric}": "没有运行有 {metric} 的数值",
    "the worst run of each, and how to see it:": "每种情形中最差的一次运行，以及如何查看：",
    "{more} more cases: their worst seeds stand in the table": "另有 {more} 种情形：它们最差的随机种子见表",
    "runs.parquet needs pyarrow: pip install 'statesim[parquet]'": (
        "runs.parquet 需要 pyarrow：pip install 'statesim[parquet]'"
    ),
    "{more} more differ: --all shows them": "另有 {more} 个指标不同：--all 全部显示",
    "{more} more metrics differ: --all shows them, --metric one of them": (
        "另有 {more} 个指标不同：--all 全部显示，--metric 显示其中一个"
    ),
    "The slide is of what matters most; --metric draws others: {others}": (
        "幻灯片显示最重要的指标；--metric 绘制其他指标：{others}"
    ),
    "The timelines are those of seed {seed}, the most typical:": "时间线取自最典型的随机种子 {seed}：",
}
TABLES = SUMMARY | REPORT | LISTS | SWEPT | SEEDS | COMMANDS
