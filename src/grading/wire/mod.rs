//! The draft as JSON: the documented format that other programs read.
//!
//! The names are a contract (`docs/draft.schema.json` is generated from these types and a test keeps
//! it current), the domain types in `draft.rs` are not. Numbers are rounded here, once: seconds to a
//! millisecond, shares and confidences to three digits, the CQR to two, so that the same draft is the same
//! bytes everywhere. Nothing is decided here.

mod confirmed;
mod convert;
mod outcome;
mod values;

use schemars::JsonSchema;
use serde::Serialize;

pub use confirmed::{
    ByJson, ConfirmedCriterionJson, ConfirmedJson, ConfirmedStateJson, ConfirmedTypeJson,
    MachineJson, confirmed_schema,
};
pub use outcome::{FailedJson, OutcomeJson, SkippedJson};
pub use values::{LevelJson, Rating, Seconds, Share};

/// The version of the format: raised when a reader would have to change.
pub const SCHEMA_VERSION: u32 = 1;

/// A draft scorecard: what the machine proposes, for a person to confirm.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct DraftJson {
    /// Version of the format.
    pub schema: u32,
    /// The file's stem, a hyphen, and the first eight hex digits of its SHA-256.
    pub id: String,
    /// The file and what was known of the call.
    pub call: CallJson,
    /// What kind of call it is.
    pub call_type: CallTypeJson,
    /// Each criterion of the rulebook, in its order; empty for a type without CQR.
    pub criteria: Vec<CriterionJson>,
    /// What a reviewer should look at, whatever the number is; mostly empty.
    pub attention: Vec<AttentionJson>,
    /// The sum.
    pub cqr: CqrJson,
    /// Who spoke how much.
    pub speech: SpeechJson,
    /// What was said.
    pub transcript: Vec<TurnJson>,
    /// What was heard and not believed.
    pub dropped: Vec<DroppedJson>,
    /// What the reader must know.
    pub warnings: Vec<WarningJson>,
    /// What made the draft.
    pub made_with: MadeWithJson,
}

/// The file and what was known of the call.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct CallJson {
    /// Path relative to what was given.
    pub source: String,
    /// Lower-case hex; empty where the file could not be read.
    pub sha256: String,
    /// Length in seconds.
    pub duration_s: Seconds,
    /// RFC 3339, as the source says it.
    pub started_at: Option<String>,
    /// `in` or `out`, seen from the firm.
    pub direction: Option<DirectionJson>,
    /// The manager's name or extension.
    pub manager: Option<String>,
    /// The client's name or number.
    pub client: Option<String>,
    /// Whether there was a call with this client before, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub repeated: Option<bool>,
    /// Who hung up, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended_by: Option<WhoJson>,
    /// The manager's extension, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub extension: Option<String>,
    /// The id that the telephone exchange gave the call, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unique_id: Option<String>,
    /// Channels in the file; 0 for a transcript made elsewhere.
    pub channels: u16,
}

/// Which way a call went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum DirectionJson {
    /// The client called.
    In,
    /// The manager called.
    Out,
}

/// What kind of call it is.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct CallTypeJson {
    /// The type's id in the rulebook.
    pub id: String,
    /// For people, in the rulebook's language.
    pub title: String,
    /// 0 to 1; 1 where a person said the type.
    pub confidence: Share,
    /// Every type, most probable first.
    pub candidates: Vec<CandidateJson>,
    /// What spoke for the type.
    pub evidence: Vec<EvidenceJson>,
}

/// A type that the call may have.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct CandidateJson {
    /// The type's id in the rulebook.
    pub id: String,
    /// 0 to 1; all sum to 1, but for rounding.
    pub confidence: Share,
    /// The CQR under this type, where it is close to the best one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cqr: Option<CqrJson>,
}

/// One criterion.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct CriterionJson {
    /// The criterion's id in the rulebook.
    pub id: String,
    /// For people, in the rulebook's language.
    pub title: String,
    /// Its weight under the call's type.
    pub weight: f64,
    /// 0, 0.5, 1, or null where it does not apply or nobody can tell.
    pub value: Option<LevelJson>,
    /// Whether there is a value, and why not.
    pub state: StateJson,
    /// 0 to 1.
    pub confidence: Share,
    /// What this level means, in the rulebook's language.
    pub why: String,
    /// The turns on which the value rests, in the order of the call.
    pub evidence: Vec<EvidenceJson>,
    /// Where something was looked for and not found.
    pub absence: Option<AbsenceJson>,
}

/// Something that a reviewer should look at, whatever the number is.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct AttentionJson {
    /// Its id in the rulebook.
    pub id: String,
    /// For people, in the rulebook's language.
    pub title: String,
    /// Whether the firm calls such a call failed. The CQR stays what it is.
    pub auto_fail: bool,
    /// The turns on which it rests, in the order of the call.
    pub evidence: Vec<EvidenceJson>,
}

/// Whether a criterion has a value, and why not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum StateJson {
    /// It has one.
    Proposed,
    /// It does not apply to this call.
    Na,
    /// The recording does not let anyone tell.
    Unknown,
}

/// Words that were said, and the rule that they met; or a number of the call (`silence.longest_s`), whose quote is its value.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct EvidenceJson {
    /// Id of the finding in the rulebook.
    pub rule: String,
    /// The phrase as it is written there; empty for a rule without phrases.
    pub phrase: String,
    /// Who said it.
    pub who: WhoJson,
    /// From the start of the recording.
    pub start_s: Seconds,
    /// From the start of the recording.
    pub end_s: Seconds,
    /// The words, with some of their neighbors.
    pub quote: String,
    /// 0 to 1.
    pub confidence: Share,
}

/// Something that was looked for and not found.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct AbsenceJson {
    /// Where it was looked for.
    pub searched: Vec<SpanJson>,
    /// The share of the speech there that was heard well enough, 0 to 1.
    pub heard: Share,
    /// What came nearest, and why it did not count.
    pub nearest: Option<NearestJson>,
}

/// A hit that did not count.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct NearestJson {
    /// Why it did not count: `outside_window`, `other_speaker`, `excluded`, `doubtful` or `not_enough`.
    pub missed: String,
    /// The words.
    #[serde(flatten)]
    pub evidence: EvidenceJson,
}

/// A stretch of the recording.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, JsonSchema)]
pub struct SpanJson {
    /// From the start of the recording.
    pub start_s: Seconds,
    /// From the start of the recording.
    pub end_s: Seconds,
}

/// Call quality rating: `100 * sum(weight * value) / sum(weight)`.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct CqrJson {
    /// Of the criteria that have a value; null where none has.
    pub value: Option<Rating>,
    /// With every unknown at 0.
    pub low: Option<Rating>,
    /// With every unknown at 1.
    pub high: Option<Rating>,
    /// Weights of the criteria that have a value.
    pub weight_used: f64,
    /// Weights of the criteria that apply, unknown ones too.
    pub weight_total: f64,
    /// Against the rulebook's threshold, compared before rounding.
    pub verdict: VerdictJson,
}

/// Whether a call is good.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum VerdictJson {
    /// At or over the threshold, whatever the unknown criteria are.
    Good,
    /// Under it, whatever they are.
    NeedsWork,
    /// The range lies on both sides.
    Open,
    /// There is no CQR.
    None,
}

/// Who spoke how much; null where the speakers cannot be told apart.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct SpeechJson {
    /// The manager's speech.
    pub manager_s: Option<Seconds>,
    /// The client's speech.
    pub client_s: Option<Seconds>,
    /// Time in which nobody speaks.
    pub silence_s: Seconds,
    /// Time in which both speak.
    pub overlap_s: Option<Seconds>,
    /// The manager's longest stretch that no turn of the client breaks.
    pub longest_monologue_s: Option<Seconds>,
    /// How often the manager spoke into the client's speech for half a second or more.
    pub interruptions: Option<u32>,
    /// Words a minute of own speech.
    pub words_per_minute: PaceJson,
    /// The manager's part of all speech, 0 to 1.
    pub manager_share: Option<Share>,
}

/// Words a minute of own speech; null under five seconds of it.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct PaceJson {
    /// The manager's.
    pub manager: Option<f64>,
    /// The client's.
    pub client: Option<f64>,
}

/// One speaker's uninterrupted stretch.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct TurnJson {
    /// Who speaks.
    pub who: WhoJson,
    /// From the start of the recording.
    pub start_s: Seconds,
    /// From the start of the recording.
    pub end_s: Seconds,
    /// The words with single spaces between them.
    pub text: String,
    /// Mean of the words', 0 to 1.
    pub confidence: Share,
    /// In the order in which they were said.
    pub words: Vec<WordJson>,
}

/// One word.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct WordJson {
    /// As recognized.
    pub text: String,
    /// From the start of the recording.
    pub start_s: Seconds,
    /// From the start of the recording.
    pub end_s: Seconds,
    /// The recognizer's probability, 0 to 1.
    pub confidence: Share,
}

/// Recognized text that was not believed.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct DroppedJson {
    /// On whose channel.
    pub who: WhoJson,
    /// From the start of the recording.
    pub start_s: Seconds,
    /// From the start of the recording.
    pub end_s: Seconds,
    /// What the recognizer made of it.
    pub text: String,
    /// Why it was not believed.
    pub reason: String,
}

/// Something that makes a draft worth less.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct WarningJson {
    /// Stable, for programs.
    pub code: String,
    /// English, for people.
    pub text: String,
}

/// What made a draft.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct MadeWithJson {
    /// Name and version.
    pub program: String,
    /// The model's name; null for a transcript made elsewhere.
    pub model: Option<String>,
    /// The model file's SHA-256.
    pub model_sha256: Option<String>,
    /// The rulebook's id.
    pub rulebook: String,
    /// SHA-256 of the rulebook's files.
    pub rulebook_sha256: String,
}

/// Who says something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum WhoJson {
    /// The employee whose work is graded.
    Manager,
    /// The other side.
    Client,
    /// The recording does not tell.
    Unknown,
}

/// The JSON schema of [`OutcomeJson`], as `docs/draft.schema.json` holds it: pretty, with a line feed at
/// the end.
pub fn schema() -> String {
    let schema = schemars::schema_for!(OutcomeJson);
    let mut text = serde_json::to_string_pretty(&schema).unwrap_or_default();
    text.push('\n');
    text
}
