"""What a fault or an action is called in a picture, where the scenario gives it no `label`."""

from __future__ import annotations

from statesim.analysis.words_zh import ACTS

# those that are not here are called as kubectl and the scenario call them: ``drain n-a-1``
_WORDS = {
    "node-crash": "power cut {}",
    "node-pause": "{} freezes",
    "node-recover": "{} is back",
    "node-reboot": "reboot of {}",
    "zone-outage": "power cut in zone {}",
    "network-partition": "{} cut off",
    "dns-outage": "DNS is out",
    "control-plane-outage": "control plane is out",
    "disk-loss": "{} lost",
    "disk-full": "disk full: {}",
    "volume-detach-stuck": "detaching gets stuck: {}",
    "memory-pressure": "memory runs short: {}",
    "clock-skew": "wrong clock: {}",
    "pod-kill": "{} deleted",
    "container-kill": "container killed: {}",
    "process-kill": "process killed: {}",
    "process-pause": "process frozen: {}",
    "start-container": "container started: {}",
    "stop-container": "container stopped: {}",
    "set-image": "new image for {}",
    "promote": "{} promoted by hand",
    "restore": "restore of {}",
    "traffic": "traffic of {} changes",
    "pause": "{} paused",
    "resume": "{} resumed",
}

_APART = {"en": "{} cut off from {}", "zh": "{} 与 {} 隔离"}
# groups and targets that are no single object, as the trace has them
_WHOM = {
    "en": {"control-plane": "the control plane"},
    "zh": {"control-plane": "控制平面", "clients": "客户端"},
}
_OF = {"zone ": "可用区 {}", "the primary of ": "{} 的主库", "a replica of ": "{} 的副本"}


def act_words(do: str, where: str, language: str = "en", *, away_from: str = "") -> str:
    """Return words for what was done to whom; the scenario's own word if there are none for it.

    Parameters
    ----------
    do
        The scenario's word: ``node-crash``.
    where
        Its targets, as a person reads them; empty = it has none.
    language
        ``en`` or ``zh``.
    away_from
        From whom a network partition cuts them off, as the trace has it; empty = from everybody.

    Examples
    --------
    >>> act_words("node-crash", "n-a-1"), act_words("node-crash", "n-a-1", "zh"), act_words("drain", "", "zh")
    ('power cut n-a-1', 'n-a-1 断电', '腾空')
    >>> act_words("network-partition", "n-a-1", away_from="Pod/pg-1")
    'n-a-1 cut off from pg-1'
    """
    if away_from and where:
        return _APART[language].format(where, _whom(away_from, language))
    if language == "zh":
        template = ACTS.get(do, f"{do} {{}}")
        return template.format(where) if where else template.replace("{}", "").strip(" ：")
    template = _WORDS.get(do, f"{do} {{}}")
    return template.format(where) if where or "{}" not in template else do


def _whom(away_from: str, language: str) -> str:
    """Return from whom something is cut off, as a person reads it."""
    known = _WHOM[language].get(away_from)
    if known or "/" in away_from:
        return known or away_from.rpartition("/")[2]
    if language == "zh":
        for begins, template in _OF.items():
            if away_from.startswith(begins):
                return template.format(away_from.removeprefix(begins))
    return away_from
