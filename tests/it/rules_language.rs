//! What rules may ask for, from outside: each case is a small rulebook and what is said.

use autograde::call::{CallInfo, Speaker};
use autograde::grading::{self, Draft, GradeOptions, Level, Outcome};
use autograde::rules::Rulebook;

use crate::rules::talk;

const BOOK: &str =
    "[book]\nid = \"t\"\ntitle = \"t\"\nlang = \"ru\"\n[[type]]\nid = \"sale\"\ntitle = \"t\"\n";

/// Findings `a`, `b` and `c` of the manager, `q` of the client.
const WORDS: &str = "[[finding]]\nid = \"a\"\nwho = \"manager\"\nphrases = [\"замок\"]\n\
    [[finding]]\nid = \"b\"\nwho = \"manager\"\nphrases = [\"ключ\"]\n\
    [[finding]]\nid = \"c\"\nwho = \"manager\"\nphrases = [\"дверь\"]\n\
    [[finding]]\nid = \"q\"\nwho = \"client\"\nphrases = [\"окно\"]\n";

fn load(text: &str) -> Result<Rulebook, String> {
    Rulebook::from_files([("t.toml", text.as_bytes())]).map_err(|faults| faults.to_string())
}

fn graded(rules: &str, lines: &[&str], call: &CallInfo) -> Draft {
    let book = load(&format!("{BOOK}{WORDS}{rules}")).unwrap_or_else(|faults| panic!("{faults}"));
    grading::grade(&book, &talk(lines), call, &GradeOptions::default())
}

/// What a criterion comes to whose `full` is `expression`.
fn outcome(expression: &str, lines: &[&str], call: &CallInfo) -> Outcome {
    let rules = format!(
        "[[criterion]]\nid = \"x\"\ntitle = \"x\"\nweights = {{ sale = 1 }}\nfull = \"{expression}\"\n"
    );
    graded(&rules, lines, call).criteria[0].outcome
}

#[track_caller]
fn check(expression: &str, lines: &[&str], holds: bool) {
    let wanted = if holds { Level::Full } else { Level::Zero };
    let got = outcome(expression, lines, &CallInfo::default());
    assert_eq!(got, Outcome::Proposed(wanted), "{expression}: {lines:?}");
}

/// Whether the finding `x` of these rules is there.
#[track_caller]
fn finds(rules: &str, lines: &[&str], wanted: bool) {
    let book = load(&format!("{BOOK}{WORDS}{rules}")).unwrap_or_else(|faults| panic!("{faults}"));
    let count = book.find(&talk(lines), &CallInfo::default()).count(&book, "x").unwrap();
    assert_eq!(count > 0, wanted, "{rules}: {lines:?}");
}

#[test]
fn order_wants_one_after_the_other() {
    check("order(a, b)", &["manager: замок и ключ", "client: да"], true);
    check("order(a, b)", &["manager: ключ и замок", "client: да"], false);
    check("order(a, b, c)", &["manager: замок дверь", "manager: ключ", "manager: дверь"], true);
    check("order(a, b, c)", &["manager: замок дверь", "manager: ключ"], false);
}

#[test]
fn a_distance_is_kept_in_words_turns_and_seconds() {
    let near = &["manager: замок один два ключ"];
    check("order(a, b, within 2 words)", near, true);
    check("order(a, b, within 1 words)", near, false);
    check("near(b, a, within 2 words)", near, true);
    check("near(b, a, within 1 words)", near, false);
    let turns = &["manager: замок", "client: да", "manager: ключ"];
    check("order(a, b, within 2 turns)", turns, true);
    check("order(a, b, within 1 turns)", turns, false);
    // Each word takes 0.4 s, and 0.2 s lie between two turns: from 0.4 s to 1.2 s.
    check("order(a, b, within 0.9 s)", turns, true);
    check("order(a, b, within 0.7 s)", turns, false);
}

#[test]
fn each_question_of_the_client_must_be_answered() {
    let expression = "each(q, a, within 1 turns)";
    check(expression, &["client: окно", "manager: замок", "client: окно", "manager: замок"], true);
    check(expression, &["client: окно", "manager: замок", "client: окно", "manager: ключ"], false);
    check(expression, &["client: да", "manager: замок"], false);
}

#[test]
fn n_of_m_takes_expressions_and_counts_can_be_bounded_on_both_sides() {
    let said = &["manager: замок дверь", "client: окно"];
    check("2 of (a, b or c, not q)", said, true);
    check("3 of (a, b or c, not q)", said, false);
    check("count(a) = 1 and count(a) <= 1", said, true);
    check("count(a) = 2", said, false);
    check("per_minute(a) > 10", said, true);
    check("per_minute(a) > 100", said, false);
}

#[test]
fn a_score_is_written_once_and_compared_at_several_levels() {
    let score = "[[score]]\nid = \"s\"\npoints = \"2 a, 1 b\"\n[[score]]\nid = \"t\"\npoints = \"1 s >= 2, 1 c\"\n";
    let level = |expression: &str| {
        format!("{score}[[finding]]\nid = \"x\"\nwords = \">= 1\"\nwith = \"{expression}\"\n")
    };
    finds(&level("s >= 3"), &["manager: замок и ключ"], true);
    finds(&level("s >= 3"), &["manager: замок", "manager: ключ"], false);
    finds(&level("s >= 1 and s < 2"), &["manager: ключ"], true);
    finds(&level("t >= 2"), &["manager: замок, дверь"], true);
    finds(&level("t >= 2"), &["manager: ключ, дверь"], false);
}

#[test]
fn a_score_that_cannot_be_is_refused_with_what_to_do() {
    let refused = |score: &str, because: &str| {
        let faults = load(&format!("{BOOK}{WORDS}{score}")).unwrap_err();
        assert!(faults.contains(because), "{score}: {faults}");
    };
    refused("[[score]]\nid = \"a\"\npoints = \"2 b\"\n", "give the score another id");
    refused("[[score]]\nid = \"s\"\npoints = \"b\"\n", "wants numbers");
    refused("[[score]]\nid = \"s\"\npoints = \"2 b,\"\n", "wants numbers");
    refused("[[score]]\nid = \"s\"\npoints = \"2 nobody\"\n", "`nobody` is not there");
    refused("[[score]]\nid = \"s\"\npoints = \"2 s >= 1\"\n", "add a `[[score]]`");
    refused(
        "[[score]]\nid = \"s\"\npoints = \"1 t >= 1\"\n[[score]]\nid = \"t\"\npoints = \"1 a\"\n",
        "add a `[[score]]`",
    );
}

#[test]
fn the_place_in_the_turn_can_be_asked_for() {
    let at = |at: &str| format!("[[finding]]\nid = \"x\"\nphrases = [\"замок\"]\nat = \"{at}\"\n");
    finds(&at("start"), &["manager: замок тут"], true);
    finds(&at("start"), &["manager: тут замок"], false);
    finds(&at("end"), &["manager: тут замок"], true);
    finds(&at("end"), &["manager: замок тут"], false);
    finds(&at("first 2 words"), &["manager: тут замок висит"], true);
    finds(&at("first 1 words"), &["manager: тут замок висит"], false);
    finds(&at("last 2 words"), &["manager: тут замок висит"], true);
}

#[test]
fn negation_turns_a_finding_round_and_its_exceptions_do_not() {
    let rules = |negated: &str| {
        format!(
            "[negation]\nwords = [\"не|ни|нет\"]\nexcept = [\"не только\", \"нет нет\"]\nweak = [\"не то чтобы\"]\n\
             [[finding]]\nid = \"x\"\nwho = \"client\"\nphrases = [\"=дорого\"]\nnegated = {negated}\n"
        )
    };
    finds(&rules("false"), &["client: у вас дорого"], true);
    finds(&rules("false"), &["client: у вас не дорого"], false);
    finds(&rules("false"), &["client: не так уж дорого"], false);
    finds(&rules("false"), &["client: не знаю мне кажется это очень дорого"], true);
    finds(&rules("false"), &["client: не только дорого"], true);
    finds(&rules("false"), &["client: Нет. Дорого."], true);
    finds(&rules("true"), &["client: не дорого"], true);
    finds(&rules("true"), &["client: дорого"], false);
    // By half: it counts, with half the confidence.
    let book = format!(
        "{}[[criterion]]\nid=\"y\"\ntitle=\"y\"\nweights={{sale=1}}\nfull=\"x\"\n",
        rules("false")
    );
    let draft = graded(&book, &["client: не то чтобы дорого", "manager: да"], &CallInfo::default());
    assert_eq!(draft.criteria[0].outcome, Outcome::Proposed(Level::Full));
    assert!((draft.criteria[0].confidence - 0.5).abs() < 1e-9, "{:?}", draft.criteria[0]);
}

#[test]
fn what_is_known_of_the_call_can_be_asked_for() {
    let said = &["manager: замок", "client: окно"];
    let known = CallInfo {
        started_at: Some("2026-11-25T09:30:00+03:00".to_owned()),
        repeated: Some(true),
        ended_by: Some(Speaker::Client),
        ..CallInfo::default()
    };
    let full = Outcome::Proposed(Level::Full);
    assert_eq!(outcome("hour < 10 and call.repeated and ended_by.client", said, &known), full);
    assert_eq!(outcome("call.first", said, &known), Outcome::Proposed(Level::Zero));
    for expression in ["hour < 10", "call.repeated", "not ended_by.client"] {
        let nothing = CallInfo::default();
        assert_eq!(outcome(expression, said, &nothing), Outcome::Unknown, "{expression}");
    }
}

#[test]
fn the_course_of_the_talk_is_evidence_with_its_number() {
    let rules = "[[criterion]]\nid=\"x\"\ntitle=\"x\"\nweights={sale=1}\nzero=\"monologue.manager_s > 3\"\nfull=\"a\"\n";
    let long = format!("manager: {}", "замок ".repeat(10));
    let draft = graded(rules, &[&long, "client: да"], &CallInfo::default());
    let criterion = &draft.criteria[0];
    assert_eq!(criterion.outcome, Outcome::Proposed(Level::Zero));
    assert!(criterion.absence.is_none(), "{criterion:?}");
    let evidence = &criterion.evidence[0];
    assert_eq!(
        (evidence.rule.as_str(), evidence.phrase.as_str(), evidence.quote.as_str()),
        ("monologue.manager_s", "> 3", "4")
    );
    check("silence.longest_s < 1 and holds = 0 and talk_s > 0", &["manager: замок"], true);
    check("interruptions.manager > 0", &["manager: замок", "client: да"], false);
}

#[test]
fn attention_stands_beside_the_number_and_does_not_change_it() {
    let criterion = "[[criterion]]\nid=\"x\"\ntitle=\"x\"\nweights={sale=1}\nfull=\"a\"\n";
    let flag = "[[attention]]\nid=\"f\"\ntitle=\"плохо\"\nif=\"q\"\nauto_fail=true\n";
    let said = &["manager: замок", "client: окно"];
    let plain = graded(criterion, said, &CallInfo::default());
    let flagged = graded(&format!("{criterion}{flag}"), said, &CallInfo::default());
    assert_eq!((plain.attention.len(), flagged.attention.len()), (0, 1));
    assert!(flagged.attention[0].auto_fail);
    assert_eq!(flagged.attention[0].evidence[0].quote, "окно");
    assert_eq!(flagged.cqr, plain.cqr);
    let quiet = graded(&format!("{criterion}{flag}"), &["manager: замок"], &CallInfo::default());
    assert_eq!(quiet.attention, []);
}

#[test]
fn what_is_absent_is_what_the_rulebook_says() {
    let rules = |absent: &str| {
        format!(
            "[[criterion]]\nid=\"x\"\ntitle=\"x\"\nweights={{sale=1}}\nfull=\"a\"\nabsent={absent}\n"
        )
    };
    let outcome = |absent: &str| {
        graded(&rules(absent), &["manager: да", "client: окно"], &CallInfo::default()).criteria[0]
            .outcome
    };
    assert_eq!(outcome("0"), Outcome::Proposed(Level::Zero));
    assert_eq!(outcome("0.5"), Outcome::Proposed(Level::Half));
    assert_eq!(outcome("1"), Outcome::Proposed(Level::Full));
    assert_eq!(outcome("\"na\""), Outcome::NotApplicable);
    assert_eq!(outcome("\"unknown\""), Outcome::Unknown);
}

#[test]
fn a_short_talk_can_be_let_off() {
    let rules =
        "[[criterion]]\nid=\"x\"\ntitle=\"x\"\nweights={sale=1}\nmin_talk_s=2\nfull=\"a\"\n";
    let outcome = |lines: &[&str]| graded(rules, lines, &CallInfo::default()).criteria[0].outcome;
    assert_eq!(outcome(&["manager: замок"]), Outcome::NotApplicable);
    assert_eq!(
        outcome(&["manager: замок раз два три четыре пять"]),
        Outcome::Proposed(Level::Full)
    );
}

#[test]
fn several_objections_are_combined_as_asked() {
    let combined = |combine: &str, lines: &[&str]| {
        let rules = format!(
            "[[exchange]]\nid=\"e\"\non=\"q\"\nwithin=\"1 turns\"\nsame=\"1 words\"\nfull=\"a\"\nhalf=\"b\"\ncombine=\"{combine}\"\n\
             [[criterion]]\nid=\"x\"\ntitle=\"x\"\nweights={{sale=1}}\nexchange=\"e\"\n"
        );
        graded(&rules, lines, &CallInfo::default()).criteria[0].outcome.level()
    };
    let handled = ["client: окно", "manager: замок"];
    let tried = ["client: окно", "manager: ключ"];
    let ignored = ["client: окно", "manager: да"];
    let lines = |parts: &[[&'static str; 2]]| parts.concat();
    for (parts, mixed, worst, mean) in [
        (&[handled, handled][..], Level::Full, Level::Full, Level::Full),
        (&[handled, ignored], Level::Half, Level::Zero, Level::Half),
        (&[ignored, ignored], Level::Zero, Level::Zero, Level::Zero),
        (&[handled, handled, handled, tried], Level::Half, Level::Half, Level::Full),
        (&[ignored, ignored, ignored, tried], Level::Half, Level::Zero, Level::Zero),
    ] {
        let lines = lines(parts);
        assert_eq!(combined("mixed", &lines), Some(mixed), "{lines:?}");
        assert_eq!(combined("worst", &lines), Some(worst), "{lines:?}");
        assert_eq!(combined("mean", &lines), Some(mean), "{lines:?}");
    }
}

#[test]
fn a_value_is_as_sure_as_the_surest_way_in_which_it_holds() {
    let mut heard = talk(&["manager: замок ключ", "client: да"]);
    for (word, confidence) in heard.turns[0].words.iter_mut().zip([0.9, 0.6]) {
        word.confidence = confidence;
    }
    let sure = |expression: &str| {
        let rules = format!(
            "{BOOK}{WORDS}[[criterion]]\nid=\"x\"\ntitle=\"x\"\nweights={{sale=1}}\nfull=\"{expression}\"\n"
        );
        let book = load(&rules).unwrap();
        let draft = grading::grade(&book, &heard, &CallInfo::default(), &GradeOptions::default());
        (draft.criteria[0].confidence * 10.0).round() as i32
    };
    let (any, all, both) = (sure("a or b"), sure("a and b"), sure("count(a, b) >= 2"));
    assert!(any > all && all == both, "{any} {all} {both}");
}

const BASE: &str = "[book]\nid=\"base\"\ntitle=\"основа\"\nlang=\"ru\"\n[[type]]\nid=\"sale\"\ntitle=\"t\"\n\
    [[finding]]\nid=\"a\"\nwho=\"manager\"\nphrases=[\"замок\"]\n\
    [[finding]]\nid=\"b\"\nwho=\"manager\"\nphrases=[\"ключ\"]\n\
    [[criterion]]\nid=\"x\"\ntitle=\"икс\"\ntitle_en=\"ex\"\nweights={sale=2}\nfull=\"a\"\nhalf=\"b\"\n\
    [[criterion]]\nid=\"y\"\ntitle=\"игрек\"\nweights={sale=1}\nfull=\"b\"\n";

/// A rulebook of a firm over [`BASE`], in folders beside one another.
fn over_base(own: &str) -> Result<Rulebook, String> {
    over(BASE, own)
}

fn over(base: &str, own: &str) -> Result<Rulebook, String> {
    let place = crate::workspace::Workspace::new();
    place.write("base/rules.toml", base);
    place.write("own/own.toml", format!("[book]\nid=\"own\"\nextends=\"../base\"\n{own}"));
    Rulebook::load(&place.path("own")).map_err(|faults| faults.to_string())
}

#[test]
fn a_firms_file_says_only_what_is_different() {
    let book = over_base(
        "[[finding]]\nid=\"a\"\nadd_phrases=[\"засов\"]\n[[finding]]\nid=\"b\"\nphrases=[\"дверь\"]\n\
         [[criterion]]\nid=\"x\"\nweights={sale=5}\n[[criterion]]\nid=\"y\"\ndisable=true\n",
    )
    .unwrap();
    assert_eq!((book.id.as_str(), book.title.own.as_str()), ("own", "основа"));
    assert_eq!(book.criteria().iter().map(|(id, _)| *id).collect::<Vec<_>>(), ["x"]);
    assert_eq!(book.criteria()[0].1.in_lang("en"), "ex");
    assert_eq!(book.weight("x", "sale"), Some(5.0));
    let count = |id: &str, said: &str| {
        book.find(&talk(&[said]), &CallInfo::default()).count(&book, id).unwrap()
    };
    assert_eq!((count("a", "manager: замок"), count("a", "manager: засов")), (1, 1));
    assert_eq!((count("b", "manager: ключ"), count("b", "manager: дверь")), (0, 1));
    // Who says it is not said again, and still holds.
    assert_eq!(count("b", "client: дверь"), 0);
}

#[test]
fn a_firms_file_changes_a_score_by_its_id() {
    let score = |points: &str| format!("[[score]]\nid = \"s\"\npoints = \"{points}\"\n");
    let asks = "[[finding]]\nid = \"x\"\nwords = \">= 1\"\nwith = \"s >= 2\"\n";
    let own = score("2 b");
    let base = format!("{BOOK}{WORDS}{}{asks}", score("2 a"));
    let layered = over(&base, &own).unwrap();
    let count = |lines: &[&str]| {
        layered.find(&talk(lines), &CallInfo::default()).count(&layered, "x").unwrap()
    };
    assert_eq!((count(&["manager: замок"]), count(&["manager: ключ"])), (0, 1));
}

#[test]
fn a_disabled_finding_is_never_met_and_may_still_be_named() {
    let book = over_base("[[finding]]\nid=\"b\"\ndisable=true\n").unwrap();
    let findings = book.find(&talk(&["manager: ключ"]), &CallInfo::default());
    assert_eq!(findings.count(&book, "b"), Some(0));
}

#[test]
fn the_hash_of_a_firms_rulebook_changes_with_what_it_extends() {
    let place = crate::workspace::Workspace::new();
    place.write("own/own.toml", "[book]\nid=\"own\"\nextends=\"../base\"\n");
    let hash = |base: &str| {
        place.write("base/rules.toml", base);
        Rulebook::load(&place.path("own")).unwrap().sha256
    };
    assert_ne!(hash(BASE), hash(&format!("{BASE}\n# more\n")));
}

#[test]
fn faults_of_both_layers_are_told_with_the_file_they_are_in() {
    let faults =
        over_base("[[finding]]\nid=\"a\"\nwho=\"boss\"\n[[criterion]]\nid=\"new\"\nfull=\"a\"\n")
            .unwrap_err();
    for wanted in [
        "`own.toml` line 6: `boss` is nobody",
        "`own.toml` line 7: criterion `new` has no `title`",
        "`weights` has nothing for call type `sale`",
    ] {
        assert!(faults.contains(wanted), "{faults}\nlacks {wanted}");
    }
    let place = crate::workspace::Workspace::new();
    place.write("base/rules.toml", BASE.replace("full=\"a\"", "full=\"a and\""));
    place.write("own/own.toml", "[book]\nid=\"own\"\nextends=\"../base\"\n");
    let faults = Rulebook::load(&place.path("own")).unwrap_err().to_string();
    assert!(faults.contains("`../base/rules.toml` line"), "{faults}");
}

#[test]
fn what_extends_itself_or_nothing_is_refused() {
    let place = crate::workspace::Workspace::new();
    place.write("a/a.toml", "[book]\nid=\"a\"\nextends=\"../b\"\n");
    place.write("b/b.toml", "[book]\nid=\"b\"\nextends=\"../a\"\n");
    let refused = |path: &str| Rulebook::load(&place.path(path)).unwrap_err().to_string();
    assert!(refused("a").contains("extend one another"), "{}", refused("a"));
    place.write("c/c.toml", "[book]\nid=\"c\"\nextends=\"de\"\n");
    assert!(refused("c").contains("there is one for `ru`"), "{}", refused("c"));
    place.write("d/d.toml", "[book]\nid=\"d\"\nextends=\"../nothing\"\n");
    assert!(refused("d").contains("nothing"), "{}", refused("d"));
}

/// One rule file and a part of what must be said of it.
#[test]
fn bad_rule_files_are_refused_with_what_to_do() {
    let finding =
        |more: &str| format!("{BOOK}{WORDS}[[finding]]\nid=\"x\"\nphrases=[\"да\"]\n{more}\n");
    let criterion = |more: &str| {
        format!("{BOOK}{WORDS}[[criterion]]\nid=\"x\"\ntitle=\"x\"\nweights={{sale=1}}\n{more}\n")
    };
    for (text, wanted) in [
        (finding("within=\"3 miles\""), "`3 miles` is no length"),
        (finding("at=\"middle\""), "`middle` is no place in a turn"),
        (finding("negated=true"), "add a `[negation]` table"),
        (finding("add_unless=[]"), "`add_unless` of `x` is empty"),
        (finding("yes=[\"\"]"), "the example is empty"),
        (finding("no=[\"client: да / нет\"]"), "who says it?"),
        (finding("with=\"order(a)\""), "wants two names at least"),
        (finding("with=\"each(a, b, c)\""), "wants two names"),
        (finding("with=\"near(a, b, within 5 %)\""), "`%` has no meaning"),
        (finding("with=\"sum(a)\""), "is no function"),
        (finding("with=\"3 of (a, b)\""), "write 1 to 2"),
        (criterion(""), "has no rule"),
        (criterion("full=\"a\"\nabsent=2"), "`2` is no value"),
        (criterion("full=\"a\"\nabsent=\"maybe\""), "`maybe` is no value"),
        (criterion("full=\"a\"\nmin_talk_s=-1"), "`min_talk_s` is `-1`"),
        (criterion("full=\"type.rent\""), "call type `rent` is not there"),
        (criterion("full=\"a\"\n[[criterion.test]]\nvalue=1\ntalk=[]"), "`talk` is empty"),
        (criterion("full=\"a\"\n[[criterion.test]]\nvalue=1\ntalk=[\"да\"]"), "who says it?"),
        (
            criterion(
                "full=\"a\"\n[[criterion.test]]\nvalue=1\ntype=\"rent\"\ntalk=[\"client: да\"]",
            ),
            "call type `rent` is not there",
        ),
        (format!("{BOOK}[[attention]]\nid=\"x\"\ntitle=\"x\"\n"), "missing field `if`"),
        (format!("{BOOK}[[attention]]\nid=\"x\"\nif=\"duration_s > 5\"\n"), "has no `title`"),
        (format!("{BOOK}[negation]\nword=[\"не\"]\n"), "unknown field `word`"),
        (format!("{BOOK}[families]\na=[\"да\"]\n[families]\n"), "duplicate key"),
    ] {
        let faults = load(&text).expect_err(&text);
        assert!(faults.contains(wanted), "{text}\n{faults}\nlacks {wanted}");
    }
}

#[test]
fn a_circle_is_told_with_its_members() {
    let text = format!(
        "{BOOK}[[finding]]\nid=\"a\"\nphrases=[\"да\"]\nwhen=\"after b\"\n\
         [[finding]]\nid=\"b\"\nphrases=[\"да\"]\nwith=\"order(c, b2)\"\n\
         [[finding]]\nid=\"b2\"\nphrases=[\"да\"]\n\
         [[finding]]\nid=\"c\"\nany=[\"a\"]\n"
    );
    let faults = load(&text).unwrap_err();
    assert!(faults.contains("`a` → `b` → `c` → `a`; break the circle"), "{faults}");
}

#[test]
fn a_long_chain_of_findings_is_no_circle_and_needs_no_deep_stack() {
    let mut text = format!("{BOOK}[[finding]]\nid=\"f0\"\nphrases=[\"да\"]\n");
    for number in (1..5000).rev() {
        let below = number - 1;
        let more = format!("[[finding]]\nid=\"f{number}\"\nany=[\"f{below}\"]\n");
        text.push_str(&more);
    }
    let book = load(&text).unwrap();
    let findings = book.find(&talk(&["client: да"]), &CallInfo::default());
    assert_eq!(findings.count(&book, "f4999"), Some(1));
}
