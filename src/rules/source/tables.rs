//! The tables of a rule file, as serde reads them: nothing is required here that a firm's own file may leave to the
//! rulebook that it extends. What is missing in the end is found out by `compile`.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

/// A string and where it stands.
pub(crate) type Spot = Spanned<String>;

/// `[book]`
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Book {
    pub(crate) id: Option<String>,
    pub(crate) title: Option<String>,
    pub(crate) title_en: Option<String>,
    pub(crate) lang: Option<String>,
    /// The rulebook under this one: a language of the program's own, or a folder.
    pub(crate) extends: Option<Spot>,
    pub(crate) threshold: Option<f64>,
    /// The share of the speech that must have been heard for an absence to count.
    pub(crate) heard: Option<f64>,
    /// Confidence from which a second type is close.
    pub(crate) close: Option<f64>,
}

/// `[words]`
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Words {
    /// Words that weigh nothing: no gap is counted over them.
    pub(crate) weak: Vec<String>,
    /// What is dropped after a hyphen.
    pub(crate) suffixes: Vec<String>,
    /// Words that make a sentence without marks a question.
    pub(crate) interrogatives: Vec<Spot>,
    /// Numbers in words.
    pub(crate) numbers: Vec<Spot>,
}

/// `[negation]`
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Negation {
    /// What negates.
    pub(crate) words: Vec<Spot>,
    /// What looks like a negation and is none.
    pub(crate) except: Vec<Spot>,
    /// What negates by half.
    pub(crate) weak: Vec<Spot>,
    /// Content words between the negation and what it negates, at most.
    pub(crate) reach: Option<u32>,
}

/// `[sure]`: a share for each criterion.
pub(crate) type Shares = BTreeMap<String, f64>;

/// `[[finding]]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Finding {
    pub(crate) id: Spot,
    #[serde(default)]
    pub(crate) title: Option<String>,
    #[serde(default)]
    pub(crate) title_en: Option<String>,
    #[serde(default)]
    pub(crate) disable: Option<bool>,
    #[serde(default)]
    pub(crate) who: Option<Spot>,
    #[serde(default)]
    pub(crate) when: Option<Spot>,
    #[serde(default)]
    pub(crate) at: Option<Spot>,
    #[serde(default)]
    pub(crate) phrases: Option<Vec<Spot>>,
    #[serde(default)]
    pub(crate) add_phrases: Option<Vec<Spot>>,
    #[serde(default)]
    pub(crate) unless: Option<Vec<Spot>>,
    #[serde(default)]
    pub(crate) add_unless: Option<Vec<Spot>>,
    #[serde(default)]
    pub(crate) negated: Option<bool>,
    #[serde(default)]
    pub(crate) any: Option<Vec<Spot>>,
    #[serde(default)]
    pub(crate) question: Option<bool>,
    #[serde(default)]
    pub(crate) words: Option<Spot>,
    #[serde(default)]
    pub(crate) rest: Option<Spot>,
    #[serde(default)]
    pub(crate) rest_of: Option<Vec<Spot>>,
    #[serde(default, rename = "with")]
    pub(crate) with_expr: Option<Spot>,
    #[serde(default)]
    pub(crate) without: Option<Spot>,
    #[serde(default)]
    pub(crate) followed_by: Option<Spot>,
    #[serde(default)]
    pub(crate) preceded_by: Option<Spot>,
    #[serde(default)]
    pub(crate) near: Option<Spot>,
    #[serde(default)]
    pub(crate) within: Option<Spot>,
    #[serde(default)]
    pub(crate) confidence: Option<f64>,
    #[serde(default)]
    pub(crate) yes: Vec<Spot>,
    #[serde(default)]
    pub(crate) no: Vec<Spot>,
}

/// `[[score]]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Score {
    pub(crate) id: Spot,
    pub(crate) points: Spot,
}

/// `[[exchange]]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Exchange {
    pub(crate) id: Spot,
    #[serde(default)]
    pub(crate) on: Option<Spot>,
    #[serde(default)]
    pub(crate) within: Option<Spot>,
    #[serde(default)]
    pub(crate) same: Option<Spot>,
    #[serde(default)]
    pub(crate) zero: Option<Spot>,
    #[serde(default)]
    pub(crate) full: Option<Spot>,
    #[serde(default)]
    pub(crate) half: Option<Spot>,
    #[serde(default)]
    pub(crate) combine: Option<Spot>,
}

/// `[[type]]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Type {
    pub(crate) id: Spot,
    #[serde(default)]
    pub(crate) disable: Option<bool>,
    #[serde(default)]
    pub(crate) title: Option<String>,
    #[serde(default)]
    pub(crate) title_en: Option<String>,
    #[serde(default)]
    pub(crate) cqr: Option<bool>,
    #[serde(default)]
    pub(crate) points: Option<f64>,
    #[serde(default)]
    pub(crate) signs: Option<Vec<Sign>>,
    #[serde(default)]
    pub(crate) add_signs: Option<Vec<Sign>>,
}

/// One sign of a type.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Sign {
    #[serde(rename = "if")]
    pub(crate) condition: Spot,
    pub(crate) points: f64,
}

/// `[[criterion]]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Criterion {
    pub(crate) id: Spot,
    #[serde(default)]
    pub(crate) disable: Option<bool>,
    #[serde(default)]
    pub(crate) title: Option<String>,
    #[serde(default)]
    pub(crate) title_en: Option<String>,
    #[serde(default)]
    pub(crate) weights: BTreeMap<String, f64>,
    #[serde(default)]
    pub(crate) min_talk_s: Option<f64>,
    #[serde(default)]
    pub(crate) unknown: Option<Spot>,
    #[serde(default)]
    pub(crate) na: Option<Spot>,
    #[serde(default)]
    pub(crate) zero: Option<Spot>,
    #[serde(default)]
    pub(crate) full: Option<Spot>,
    #[serde(default)]
    pub(crate) half: Option<Spot>,
    #[serde(default)]
    pub(crate) exchange: Option<Spot>,
    #[serde(default)]
    pub(crate) absent: Option<ValueName>,
    #[serde(default)]
    pub(crate) looks_for: Option<Vec<Spot>>,
    #[serde(default)]
    pub(crate) why: Reasons,
    #[serde(default)]
    pub(crate) why_en: Reasons,
    #[serde(default)]
    pub(crate) test: Vec<CriterionTest>,
}

/// A value as rule files write it: `0`, `0.5`, `1`, `"na"` or `"unknown"`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(untagged, expecting = "0, 0.5, 1, \"na\" or \"unknown\"")]
pub(crate) enum ValueName {
    Number(f64),
    Word(String),
}

/// What each level means, for people.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Reasons {
    pub(crate) full: Option<String>,
    pub(crate) half: Option<String>,
    pub(crate) zero: Option<String>,
    pub(crate) na: Option<String>,
    pub(crate) unknown: Option<String>,
}

/// `[[criterion.test]]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CriterionTest {
    pub(crate) value: ValueName,
    #[serde(default, rename = "type")]
    pub(crate) call_type: Option<Spot>,
    #[serde(default)]
    pub(crate) direction: Option<Spot>,
    pub(crate) talk: Vec<Spot>,
}

/// `[[attention]]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Attention {
    pub(crate) id: Spot,
    #[serde(default)]
    pub(crate) disable: Option<bool>,
    #[serde(default)]
    pub(crate) title: Option<String>,
    #[serde(default)]
    pub(crate) title_en: Option<String>,
    #[serde(default, rename = "if")]
    pub(crate) condition: Option<Spot>,
    #[serde(default)]
    pub(crate) auto_fail: Option<bool>,
}

impl Finding {
    /// The finding that `words` of `[negation]` become.
    pub(crate) const NEGATION: &'static str = "negation";
    /// The finding that `weak` of `[negation]` becomes.
    pub(crate) const WEAK_NEGATION: &'static str = "negation.weak";

    /// A finding of phrases that a `[negation]` stands for.
    pub(super) fn of_negation(id: &str, phrases: &[Spot], unless: &[Spot]) -> Self {
        let some = |list: &[Spot]| Some(list.to_vec()).filter(|list| !list.is_empty());
        Self {
            id: Spanned::new(0..0, id.to_owned()),
            title: None,
            title_en: None,
            disable: None,
            who: None,
            when: None,
            at: None,
            // Added to those of the layers below: a firm's own file never has to repeat a list.
            phrases: None,
            add_phrases: some(phrases),
            unless: None,
            add_unless: some(unless),
            negated: None,
            any: None,
            question: None,
            words: None,
            rest: None,
            rest_of: None,
            with_expr: None,
            without: None,
            followed_by: None,
            preceded_by: None,
            near: None,
            within: None,
            confidence: None,
            yes: Vec::new(),
            no: Vec::new(),
        }
    }
}
