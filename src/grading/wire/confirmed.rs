//! A confirmed scorecard as JSON: the person's answer with the machine's beside it.

use schemars::JsonSchema;
use serde::Serialize;

use crate::grading::confirm::{Confirmed, ConfirmedCriterion};
use crate::grading::draft::Outcome;
use crate::grading::wire::{
    CallJson, CqrJson, LevelJson, MadeWithJson, SCHEMA_VERSION, Share, StateJson,
};

/// A confirmed scorecard.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct ConfirmedJson {
    /// Version of the format.
    pub schema: u32,
    /// That of the draft.
    pub id: String,
    /// The file and what was known of the call.
    pub call: CallJson,
    /// Who confirmed it, and when.
    pub confirmed: ByJson,
    /// The call's type.
    pub call_type: ConfirmedTypeJson,
    /// Each criterion of that type, in the rulebook's order; empty for a type without CQR.
    pub criteria: Vec<ConfirmedCriterionJson>,
    /// The sum of the person's values.
    pub cqr: CqrJson,
    /// The sum of the machine's draft.
    pub machine_cqr: CqrJson,
    /// What made the draft.
    pub made_with: MadeWithJson,
}

/// Who confirmed a scorecard, and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ByJson {
    /// As he says.
    pub by: String,
    /// RFC 3339.
    pub at: String,
}

/// The type of a confirmed call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ConfirmedTypeJson {
    /// The type's id in the rulebook.
    pub id: String,
    /// For people, in the rulebook's language.
    pub title: String,
    /// What the machine proposed.
    pub machine: String,
}

/// One criterion of a confirmed scorecard.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct ConfirmedCriterionJson {
    /// The criterion's id in the rulebook.
    pub id: String,
    /// For people, in the rulebook's language.
    pub title: String,
    /// Its weight under the confirmed type.
    pub weight: f64,
    /// 0, 0.5, 1, or null where it does not apply or nobody can tell.
    pub value: Option<LevelJson>,
    /// Whether there is a value, and why not.
    pub state: ConfirmedStateJson,
    /// Whether the person says something else than the machine.
    pub changed: bool,
    /// The person's reason, where he gives one.
    pub why: Option<String>,
    /// What the machine proposed, under the confirmed type.
    pub machine: MachineJson,
}

/// Whether a person gives a criterion a value, and why not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ConfirmedStateJson {
    /// It has one.
    Confirmed,
    /// It does not apply to this call.
    Na,
    /// The recording does not let anyone tell.
    Unknown,
}

/// What the machine proposed for a criterion.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct MachineJson {
    /// As in a draft.
    pub value: Option<LevelJson>,
    /// As in a draft.
    pub state: StateJson,
    /// 0 to 1.
    pub confidence: Share,
}

impl From<&Confirmed> for ConfirmedJson {
    fn from(confirmed: &Confirmed) -> Self {
        let machine = &confirmed.machine;
        Self {
            schema: SCHEMA_VERSION,
            id: machine.id(),
            call: CallJson::new(&machine.recording, &machine.call),
            confirmed: ByJson { by: confirmed.by.clone(), at: confirmed.at.clone() },
            call_type: ConfirmedTypeJson {
                id: confirmed.call_type.clone(),
                title: confirmed.title.own.clone(),
                machine: machine.call_type.id.clone(),
            },
            criteria: confirmed.criteria.iter().map(Into::into).collect(),
            cqr: (&confirmed.cqr).into(),
            machine_cqr: (&machine.cqr).into(),
            made_with: MadeWithJson::new(machine),
        }
    }
}

impl From<&ConfirmedCriterion> for ConfirmedCriterionJson {
    fn from(criterion: &ConfirmedCriterion) -> Self {
        let (machine, confidence) = criterion.machine;
        Self {
            id: criterion.id.clone(),
            title: criterion.title.own.clone(),
            weight: criterion.weight,
            value: criterion.outcome.level().map(LevelJson),
            state: match criterion.outcome {
                Outcome::Proposed(_) => ConfirmedStateJson::Confirmed,
                Outcome::NotApplicable => ConfirmedStateJson::Na,
                Outcome::Unknown => ConfirmedStateJson::Unknown,
            },
            changed: machine != criterion.outcome,
            why: criterion.why.clone(),
            machine: MachineJson {
                value: machine.level().map(LevelJson),
                state: machine.into(),
                confidence: Share::new(confidence),
            },
        }
    }
}

/// The JSON schema of [`ConfirmedJson`], as `docs/confirmed.schema.json` holds it.
pub fn confirmed_schema() -> String {
    let schema = schemars::schema_for!(ConfirmedJson);
    let mut text = serde_json::to_string_pretty(&schema).unwrap_or_default();
    text.push('\n');
    text
}
