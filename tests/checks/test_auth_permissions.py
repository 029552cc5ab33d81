"""What the ACL denies, on which nodes, and the least grant that cures it."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from preflight import run
from preflight.checks.auth_permissions import CHECK, reads
from preflight.model.evidence import Cause, Node, Seen, Stage, TargetEvidence, Unreached
from preflight.model.facts import Product, Server
from preflight.model.finding import Outcome, Verdict
from preflight.model.installation import Feature
from preflight.model.rehearsal import Occupancy, Rights
from preflight.model.required import HARMLESS, REHEARSED, title
from preflight.model.target import Plan, Target
from tests.checks.facts import (
    OBJECT_ID,
    admitted,
    azure_token,
    broken_node,
    cluster,
    evidence,
    exchange,
    identified,
    node,
    refusal,
    rehearsal,
    rights,
    seen,
    server,
    standalone,
    topology,
)

APP = "redis://app:secret@cache.example.com:6379/0"
COMMANDS = {title(words) for words in (*HARMLESS, *REHEARSED)} | {"BLMOVE"}
DENIED_KEY = "User app has no permissions to access the '{preflight:run:0}:string' key"
DENIED_CHANNEL = "User app has no permissions to access the '{preflight:run:0}:channel' channel"


def denied(command: str) -> str:
    """What Redis 7.2 and Valkey say."""
    return f"NOPERM User app has no permissions to run the '{command}' command"


def of_app(name: str = "a:1", facts: Rights | None = None, server_facts: Server | None = None) -> Node:
    """A node that `app` is logged in on; without facts it knows no dry run."""
    known = facts or Rights(user="app")
    return admitted(name, "app", server_facts=server_facts or server(), rights=Seen(fact=known))


def dry(**words: str) -> Rights:
    """What ACL DRYRUN denies; `_` stands for a space."""
    return rights("app", denied={command.replace("_", " "): said for command, said in words.items()})


def trial(*nodes: Node, target: Target | None = None, **more: Any) -> TargetEvidence:
    replies = {name: Seen(fact=fact) for name, fact in more.items()}
    return seen(target or standalone(APP), *(nodes or (of_app(),)), **replies)


def judged(facts: TargetEvidence) -> Verdict:
    """The finding on one target."""
    [reading] = reads(evidence(facts))
    assert isinstance(reading.observed, Seen)
    return CHECK.judge(reading.target, reading.observed.fact)


def granted(facts: TargetEvidence) -> str:
    """The rules of the line for the server."""
    verdict = judged(facts)
    assert verdict.outcome is Outcome.FAIL
    return (verdict.remedy or "").partition("`ACL SETUSER app ")[2].partition("`")[0]


NAMELESS = "NOPERM not for you"


@pytest.mark.parametrize(
    ("facts", "rules"),
    [
        ({"rehearsal": rehearsal(write=denied("set"))}, "+set +get"),
        ({"rehearsal": rehearsal(write=denied("get"))}, "+get"),
        ({"rehearsal": rehearsal(write="NOPERM No permissions to access a key")}, "~*"),
        ({"rehearsal": rehearsal(transaction=denied("multi"))}, "+multi +exec"),
        (
            {"rehearsal": rehearsal(transaction=f"EXECABORT Transaction discarded because of: {denied('exec')}")},
            "+exec",
        ),
        ({"rehearsal": rehearsal(script=denied("script|load"))}, "+script|load +evalsha"),
        ({"rehearsal": rehearsal(script=denied("evalsha"))}, "+evalsha"),
        ({"rehearsal": rehearsal(script=NAMELESS)}, "+script|load +evalsha"),
        ({"rehearsal": rehearsal(refused={"ZADD": refusal(denied("zadd"))})}, "+zadd"),
        ({"rehearsal": rehearsal(refused={"ZADD": refusal(NAMELESS)})}, "+zadd"),
        ({"rehearsal": rehearsal(occupancy=Occupancy(refusal=refusal(denied("scan"))))}, "+scan"),
        ({"exchange": exchange(blocking=denied("blmove"))}, "+blmove"),
        ({"exchange": exchange("BRPOPLPUSH", blocking=NAMELESS)}, "+brpoplpush"),
        ({"exchange": exchange(blocking=denied("rpush"))}, "+rpush"),
        ({"exchange": exchange(channel=denied("subscribe"))}, "+subscribe +publish"),
        ({"exchange": exchange(channel=denied("publish"), pattern=denied("publish"))}, "+publish"),
        ({"exchange": exchange(pattern=denied("psubscribe"))}, "+psubscribe +publish"),
        ({"exchange": exchange(channel="NOPERM No permissions to access a channel")}, "&*"),
        (
            {
                "rehearsal": rehearsal(write="NOPERM No permissions to access a key", script=denied("evalsha")),
                "exchange": exchange(blocking=denied("blmove"), pattern="NOPERM No permissions to access a channel"),
            },
            "+evalsha +blmove ~* &*",
        ),
    ],
)
def test_what_was_denied_when_it_was_tried(facts: dict[str, Any], rules: str) -> None:
    """Each refusal comes into one line; what came behind the first in a row may be denied as well."""
    assert granted(trial(**facts)) == rules


@pytest.mark.parametrize(
    ("facts", "rule"),
    [
        (server(info=refusal(denied("info"))), "+info"),
        (server(database=refusal(denied("select"))), "+select"),
    ],
)
def test_what_every_node_is_asked(facts: Server, rule: str) -> None:
    """INFO, and SELECT where a database is configured."""
    assert granted(trial(of_app(server_facts=facts))) == rule


@pytest.mark.parametrize(
    ("replies", "others"),
    [
        ({"write": "OOM full", "transaction": "ERR no", "script": "ERR unknown command 'SCRIPT'"}, {}),
        ({"refused": {"ZADD": refusal("READONLY no")}}, {"blocking": "LOST nothing came", "channel": "ERR no"}),
        ({"cross_slot": denied("set"), "script_cross_slot": denied("evalsha")}, {}),
    ],
)
def test_only_noperm_is_a_denial(replies: dict[str, Any], others: dict[str, str]) -> None:
    """Other refusals have checks of their own, and across slots the same commands are sent once more."""
    info = server(info=refusal("LOADING wait"))
    facts = trial(of_app(server_facts=info), rehearsal=rehearsal(**replies), exchange=exchange(**others))
    assert judged(facts).outcome is Outcome.PASS


@pytest.mark.parametrize(
    ("words", "rules"),
    [
        (dry(INFO=denied("info")), "+info"),
        (dry(SCRIPT_LOAD=denied("script|load"), EVALSHA=denied("evalsha")), "+script|load +evalsha"),
        (dry(SET=DENIED_KEY, GET=DENIED_KEY, ZADD=DENIED_KEY), "~*"),
        (dry(PUBLISH=DENIED_CHANNEL, PSUBSCRIBE=DENIED_CHANNEL), "&*"),
        (dry(SET=DENIED_KEY, PUBLISH=DENIED_CHANNEL, DEL=denied("del")), "+del ~* &*"),
    ],
)
def test_what_the_dry_run_denies(words: Rights, rules: str) -> None:
    """The server tells of every command; one rule is enough for all keys, and one for all channels."""
    assert granted(trial(of_app(facts=words))) == rules


@pytest.mark.parametrize(
    ("replies", "words", "rules"),
    [
        ({"write": denied("set")}, dry(SET=denied("set")), "+set"),
        ({"transaction": denied("multi")}, dry(MULTI=denied("multi")), "+multi"),
        ({"script": denied("script|load")}, dry(SCRIPT_LOAD=denied("script|load")), "+script|load"),
        ({"transaction": denied("multi")}, dry(MULTI=denied("multi"), EXEC=denied("exec")), "+multi +exec"),
        ({"write": "NOPERM No permissions to access a key"}, dry(GET=DENIED_KEY), "~*"),
    ],
)
def test_trying_and_the_dry_run_come_together(replies: dict[str, str], words: Rights, rules: str) -> None:
    """Where the dry run tells of each command, nothing is granted on suspicion."""
    assert granted(trial(of_app(facts=words), rehearsal=rehearsal(**replies))) == rules


KEYED = {title(words): denied(title(words).lower()) for words in HARMLESS} | {
    "SET": denied("set"),
    "GET": denied("get"),
}
CHANNELLED = {each: denied(each.lower()) for each in ("PUBLISH", "SUBSCRIBE", "PSUBSCRIBE")}


@pytest.mark.parametrize(
    ("words", "version", "untold"),
    [
        (KEYED | CHANNELLED, server("7.0.15"), ["~*", "&*"]),
        (KEYED | CHANNELLED, server("8.1.0", Product.VALKEY), ["~*", "&*"]),
        # Before Redis 7 a new user has all channels, and before 6.2 there is no rule for them.
        (KEYED | CHANNELLED, server("6.0.20"), ["~*"]),
        ({name: words for name, words in KEYED.items() if name != "LLEN"}, server(), []),
        ({name: words for name, words in CHANNELLED.items() if name != "PUBLISH"}, server(), []),
        (CHANNELLED | {"GET": DENIED_KEY}, server(), ["~*", "&*"]),
    ],
)
def test_a_user_who_was_just_made(words: dict[str, str], version: Server, untold: list[str]) -> None:
    """A command that is denied tells nothing of its key: without any, keys and channels are granted with them."""
    facts = trial(of_app(facts=rights("app", denied=words), server_facts=version))
    assert [rule for rule in granted(facts).split() if not rule.startswith("+")] == untold
    assert "&*" not in judged(facts).summary


def test_words_of_a_denial() -> None:
    """The user, what is denied, every command by name, and the server's words for the first of each kind."""
    facts = of_app(facts=dry(INFO=denied("info"), SCRIPT_LOAD=denied("script|load"), GET=DENIED_KEY, DEL=DENIED_KEY))
    verdict = judged(trial(facts, exchange=exchange(channel="NOPERM No permissions to access a channel")))
    assert verdict.summary == (
        "the ACL denies user app INFO, SCRIPT LOAD, keys other than its own, channels other than its own"
    )
    assert verdict.details == {
        "commands": "INFO, SCRIPT LOAD",
        "evidence": f"{denied('info')}; {DENIED_KEY}; NOPERM No permissions to access a channel",
    }
    assert verdict.remedy == (
        "On the server: `ACL SETUSER app +info +script|load ~* &*`. Then make it last: ACL SAVE if the server has an "
        "`aclfile`, else CONFIG REWRITE."
    )


def test_words_of_many_denials() -> None:
    """The summary stays short; the details and the line have all of it."""
    facts = trial(of_app(facts=rights("app", denied={each: denied(each.lower()) for each in sorted(COMMANDS)})))
    verdict = judged(facts)
    assert verdict.summary == "the ACL denies user app BLMOVE, DEL, EVALSHA, EXEC, EXISTS, EXPIRE and 23 more"
    assert set(verdict.details["commands"].split(", ")) == COMMANDS
    assert all(f"+{each.lower().replace(' ', '|')} " in (verdict.remedy or "") for each in COMMANDS)


@pytest.mark.parametrize(
    ("feature", "facts", "summary"),
    [
        (Feature.LANGSMITH, dry(), "user app may run all 29 commands of the queues (ACL DRYRUN)"),
        (Feature.LANGSMITH, Rights(user="app"), "user app was denied nothing that was tried"),
        (Feature.LANGSMITH, Rights(), "user app was denied nothing that was tried"),
        (Feature.JUICEFS, dry(), "user app was denied nothing that was tried"),
    ],
)
def test_nothing_denied(feature: Feature, facts: Rights, summary: str) -> None:
    """A pass tells how much of it is known."""
    verdict = judged(trial(of_app(facts=facts), target=replace(standalone(APP), feature=feature)))
    assert (verdict.outcome, verdict.summary, verdict.remedy) == (Outcome.PASS, summary, None)
    assert len(COMMANDS) == 29


def test_juicefs_sends_commands_of_its_own() -> None:
    """To be denied what only the queues send is nothing to it."""
    words = dry(INFO=denied("info"), PSUBSCRIBE=denied("psubscribe"), BLMOVE=denied("blmove"), SET=DENIED_KEY)
    juicefs = replace(standalone(APP), feature=Feature.JUICEFS)
    facts = trial(of_app(facts=words), target=juicefs, exchange=exchange(channel=denied("publish")))
    assert granted(facts) == "+info ~*"
    only_queues = trial(of_app(facts=dry(BLMOVE=denied("blmove"))), target=juicefs)
    assert judged(only_queues).outcome is Outcome.PASS


TWO = {"only on b:1": "+info", "only on b:1, c:1": "+get"}


@pytest.mark.parametrize(
    ("nodes", "where", "details"),
    [
        ([dry(INFO="no"), dry(INFO="no"), dry(INFO="no")], "On every node", {}),
        ([dry(), dry(INFO="no"), dry()], "On b:1", {"only on b:1": "+info"}),
        ([dry(), dry(INFO="no", GET="no"), dry(GET="no")], "On b:1, c:1", TWO),
        ([dry(GET="no"), dry(INFO="no", GET="no"), dry(GET="no")], "On every node", {"only on b:1": "+info"}),
        # Whoever was not asked for every command may deny it as well.
        ([Rights(user="app"), dry(INFO="no"), Rights(user="app")], "On every node", {}),
    ],
)
def test_every_node_of_a_cluster_has_its_own_acl(nodes: list[Rights], where: str, details: dict[str, str]) -> None:
    """Where they differ, the finding names those that deny."""
    climbed = [of_app(f"{name}:1", facts) for name, facts in zip("abc", nodes, strict=True)]
    verdict = judged(trial(*climbed, target=cluster(username="app")))
    assert (verdict.remedy or "").startswith(f"{where}: `ACL SETUSER app ")
    assert {name: told for name, told in verdict.details.items() if name.startswith("only")} == details


def test_many_nodes() -> None:
    """A long list of nodes is cut."""
    climbed = [of_app("a:0", dry()), *(of_app(f"a:{port}", dry(INFO="no")) for port in range(1, 9))]
    verdict = judged(trial(*climbed, target=cluster(username="app")))
    assert "only on a:1, a:2, a:3, a:4, a:5, a:6 and 2 more" in verdict.details


def test_a_denial_on_the_node_of_the_rehearsal() -> None:
    """It counts where it was tried, whatever the others would allow."""
    climbed = [of_app("a:1", dry()), of_app("b:1", dry(ZADD=denied("zadd")))]
    tried = Seen(fact=rehearsal(refused={"ZADD": refusal(denied("zadd"))}))
    facts = seen(cluster(username="app"), *climbed, rehearsal=tried, rehearsed_on="b:1")
    assert judged(facts).details["only on b:1"] == "+zadd"


def test_a_denial_on_nobody_s_node() -> None:
    """It is not lost where the evidence does not say which node it was."""
    facts = trial(rehearsal=rehearsal(refused={"ZADD": refusal(denied("zadd"))}))
    assert granted(replace(facts, rehearsed_on="")) == "+zadd"


def test_each_rule_once() -> None:
    """One node denies every command, another only the keys."""
    climbed = [of_app("a:1", rights("app", denied=KEYED)), of_app("b:1", dry(GET=DENIED_KEY))]
    assert granted(trial(*climbed, target=cluster(username="app"))).split().count("~*") == 1


def test_the_map_of_a_cluster() -> None:
    """Its client cannot start without CLUSTER SLOTS; to a URL it is nothing."""
    chart = topology(asked="b:1", refusal=refusal(denied("cluster|slots")))
    nodes = of_app("a:1", dry()), of_app("b:1", dry())
    facts = trial(*nodes, target=cluster(username="app"), topology=chart)
    assert granted(facts) == "+cluster|slots"
    assert judged(facts).details["only on b:1"] == "+cluster|slots"
    assert judged(trial(of_app("b:1"), topology=chart)).outcome is Outcome.PASS


def test_denials_of_all_nodes_come_together() -> None:
    """One node that denies is enough, and a node that was not reached does not hide it."""
    without_info = of_app("b:1", server_facts=server(info=refusal(denied("info"))))
    nodes = (of_app("a:1"), without_info, broken_node(Stage.TCP, Cause.REFUSED, "c:1"))
    assert granted(trial(*nodes)) == "+info"


def test_without_a_rehearsal_the_servers_still_count() -> None:
    """What was asked before the run broke off is judged."""
    lost = Unreached(stage=Stage.TOPOLOGY, cause=Cause.DEADLINE)
    facts = replace(trial(), rehearsal=lost, exchange=lost)
    assert judged(facts).outcome is Outcome.PASS


@pytest.mark.parametrize(
    ("nodes", "cause"),
    [
        (
            (broken_node(Stage.DNS, Cause.NAME_UNKNOWN, "a:1"), broken_node(Stage.TCP, Cause.REFUSED, "b:1")),
            Unreached(stage=Stage.DNS, cause=Cause.NAME_UNKNOWN),
        ),
        (
            (node(auth=(lost := Unreached(stage=Stage.TOKEN, cause=Cause.CREDENTIALS_MISSING)), server=lost),),
            lost,
        ),
    ],
)
def test_nobody_answered(nodes: tuple[Node, ...], cause: Unreached) -> None:
    """The reason of the first node is the reason of the target."""
    [reading] = reads(evidence(seen(standalone(), *nodes)))
    assert reading.observed == cause


def test_no_nodes_at_all() -> None:
    """Evidence of the configuration alone, as `lint` gathers it, can be judged by the whole catalogue."""
    report = run.judge(run.unobserved(Plan(targets=(standalone(),))))
    assert {each.outcome for each in report.findings if each.id == CHECK.id} <= {Outcome.BLOCKED}


@pytest.mark.parametrize(
    ("facts", "user"),
    [
        (node(), "default"),
        (of_app(), "app"),
        (of_app(facts=Rights()), "app"),
        (admitted(user="app", rights=Seen(fact=rights("proxied", denied={"INFO": "of app"}))), "proxied"),
        (admitted(user=OBJECT_ID, rights=Seen(fact=Rights())), OBJECT_ID),
    ],
)
def test_whose_permissions_they_are(facts: Node, user: str) -> None:
    """Those of the user that the server takes us for; else of the one that was let in."""
    [reading] = reads(evidence(seen(standalone(), facts)))
    assert isinstance(reading.observed, Seen)
    assert reading.observed.fact.user == user


def test_a_dry_run_for_somebody_else() -> None:
    """It was asked for the configured user, and the server takes us for another: then it says nothing of us."""
    stranger = admitted(user="app", rights=Seen(fact=rights("proxied", denied={"INFO": denied("info")})))
    verdict = judged(trial(stranger))
    assert (verdict.outcome, verdict.summary) == (Outcome.PASS, "user proxied was denied nothing that was tried")


def test_the_way_of_a_service() -> None:
    """Where ACL SETUSER is not to be had, the remedy is the provider's."""
    without_info = dry(INFO=denied("info"))
    verdict = judged(trial(of_app(facts=without_info), target=identified("aws")))
    assert '--append-access-string "+info"' in (verdict.remedy or "")
    enterprise = of_app(facts=without_info, server_facts=server(product=Product.REDIS_ENTERPRISE))
    assert "the role that user app has" in (judged(trial(enterprise)).remedy or "")


def test_the_grant_where_the_token_names_the_user() -> None:
    """On Azure the object id of the token stands in for a user that the configuration leaves out."""
    target = standalone("rediss://redis.internal:10000/0", iam="azure")
    who = admitted(user=OBJECT_ID, server_facts=server(info=refusal(denied("info"))), rights=Seen(fact=Rights()))
    report = run.judge(evidence(seen(target, who, token=Seen(fact=azure_token()))))
    [finding] = [each for each in report.findings if each.id == CHECK.id]
    assert finding.verdict.summary == f"the ACL denies user {OBJECT_ID} INFO"
    assert "+info" in (finding.verdict.remedy or "")
