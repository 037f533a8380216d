//! From the domain types to the JSON's: names and roundings, nothing decided.

use crate::call::{CallInfo, Direction, Recording, Span, Speaker};
use crate::grading::draft::{
    Absence, AttentionDraft, Cqr, CriterionDraft, Draft, Evidence, Nearest, Outcome, SpeechStats,
    TypeJudgement, Verdict,
};
use crate::grading::wire::values::rounded;
use crate::grading::wire::{
    AbsenceJson, AttentionJson, CallJson, CallTypeJson, CandidateJson, CqrJson, CriterionJson,
    DirectionJson, DraftJson, DroppedJson, EvidenceJson, LevelJson, MadeWithJson, NearestJson,
    PaceJson, Rating, SCHEMA_VERSION, Seconds, Share, SpanJson, SpeechJson, StateJson, TurnJson,
    VerdictJson, WarningJson, WhoJson, WordJson,
};
use crate::transcript::{Dropped, Turn, Word};
use crate::warning::Warning;

impl CallJson {
    pub(super) fn new(recording: &Recording, call: &CallInfo) -> Self {
        Self {
            source: recording.source.clone(),
            sha256: recording.sha256.clone(),
            duration_s: Seconds::from_ms(recording.duration_ms.into()),
            started_at: call.started_at.clone(),
            direction: call.direction.map(|direction| match direction {
                Direction::Inbound => DirectionJson::In,
                Direction::Outbound => DirectionJson::Out,
            }),
            manager: call.manager.clone(),
            client: call.client.clone(),
            repeated: call.repeated,
            ended_by: call.ended_by.map(Into::into),
            extension: call.extension.clone(),
            unique_id: call.unique_id.clone(),
            channels: recording.channels,
        }
    }
}

impl From<&Draft> for DraftJson {
    fn from(draft: &Draft) -> Self {
        Self {
            transcript: draft.turns.iter().map(Into::into).collect(),
            dropped: draft.dropped.iter().map(Into::into).collect(),
            ..Self::without_transcript(draft)
        }
    }
}

impl DraftJson {
    /// The draft with no transcript in it, for whoever keeps that elsewhere; it is the larger part by far.
    pub fn without_transcript(draft: &Draft) -> Self {
        Self {
            schema: SCHEMA_VERSION,
            id: draft.id(),
            call: CallJson::new(&draft.recording, &draft.call),
            call_type: (&draft.call_type).into(),
            criteria: draft.criteria.iter().map(Into::into).collect(),
            attention: draft.attention.iter().map(Into::into).collect(),
            cqr: (&draft.cqr).into(),
            speech: (&draft.speech).into(),
            transcript: Vec::new(),
            dropped: Vec::new(),
            warnings: draft.warnings.iter().map(Into::into).collect(),
            made_with: MadeWithJson::new(draft),
        }
    }
}

impl MadeWithJson {
    pub(super) fn new(draft: &Draft) -> Self {
        Self {
            program: draft.made_with.program.clone(),
            model: draft.made_with.model.clone(),
            model_sha256: draft.made_with.model_sha256.clone(),
            rulebook: draft.rulebook.clone(),
            rulebook_sha256: draft.rulebook_sha256.clone(),
        }
    }
}

impl From<Outcome> for StateJson {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Proposed(_) => Self::Proposed,
            Outcome::NotApplicable => Self::Na,
            Outcome::Unknown => Self::Unknown,
        }
    }
}

impl From<&TypeJudgement> for CallTypeJson {
    fn from(judgement: &TypeJudgement) -> Self {
        Self {
            id: judgement.id.clone(),
            title: judgement.title.own.clone(),
            confidence: Share::new(judgement.confidence),
            candidates: judgement
                .candidates
                .iter()
                .map(|candidate| CandidateJson {
                    id: candidate.id.clone(),
                    confidence: Share::new(candidate.confidence),
                    cqr: candidate.cqr.as_ref().map(Into::into),
                })
                .collect(),
            evidence: judgement.evidence.iter().map(Into::into).collect(),
        }
    }
}

impl From<&CriterionDraft> for CriterionJson {
    fn from(criterion: &CriterionDraft) -> Self {
        Self {
            id: criterion.id.clone(),
            title: criterion.title.own.clone(),
            weight: criterion.weight,
            value: criterion.outcome.level().map(LevelJson),
            state: criterion.outcome.into(),
            confidence: Share::new(criterion.confidence),
            why: criterion.why.own.clone(),
            evidence: criterion.evidence.iter().map(Into::into).collect(),
            absence: criterion.absence.as_ref().map(Into::into),
        }
    }
}

impl From<&AttentionDraft> for AttentionJson {
    fn from(flag: &AttentionDraft) -> Self {
        Self {
            id: flag.id.clone(),
            title: flag.title.own.clone(),
            auto_fail: flag.auto_fail,
            evidence: flag.evidence.iter().map(Into::into).collect(),
        }
    }
}

impl From<&Evidence> for EvidenceJson {
    fn from(evidence: &Evidence) -> Self {
        Self {
            rule: evidence.rule.clone(),
            phrase: evidence.phrase.clone(),
            who: evidence.who.into(),
            start_s: Seconds::from_ms(evidence.span.start_ms.into()),
            end_s: Seconds::from_ms(evidence.span.end_ms.into()),
            quote: evidence.quote.clone(),
            confidence: Share::new(evidence.confidence),
        }
    }
}

impl From<&Absence> for AbsenceJson {
    fn from(absence: &Absence) -> Self {
        Self {
            searched: absence.searched.iter().copied().map(Into::into).collect(),
            heard: Share::new(absence.heard),
            nearest: absence.nearest.as_ref().map(Into::into),
        }
    }
}

impl From<&Nearest> for NearestJson {
    fn from(nearest: &Nearest) -> Self {
        Self { missed: nearest.missed.as_str().to_owned(), evidence: (&nearest.evidence).into() }
    }
}

impl From<Span> for SpanJson {
    fn from(span: Span) -> Self {
        Self {
            start_s: Seconds::from_ms(span.start_ms.into()),
            end_s: Seconds::from_ms(span.end_ms.into()),
        }
    }
}

impl From<&Cqr> for CqrJson {
    fn from(cqr: &Cqr) -> Self {
        let rating = |value: Option<f64>| value.map(|value| Rating(rounded(value, 100.0)));
        Self {
            value: rating(cqr.value),
            low: rating(cqr.low),
            high: rating(cqr.high),
            weight_used: cqr.weight_used,
            weight_total: cqr.weight_total,
            verdict: match cqr.verdict {
                Verdict::Good => VerdictJson::Good,
                Verdict::NeedsWork => VerdictJson::NeedsWork,
                Verdict::Open => VerdictJson::Open,
                Verdict::None => VerdictJson::None,
            },
        }
    }
}

impl From<&SpeechStats> for SpeechJson {
    fn from(speech: &SpeechStats) -> Self {
        let pace = |value: Option<f64>| value.map(|value| rounded(value, 10.0));
        Self {
            manager_s: speech.manager_ms.map(Seconds::from_ms),
            client_s: speech.client_ms.map(Seconds::from_ms),
            silence_s: Seconds::from_ms(speech.silence_ms),
            overlap_s: speech.overlap_ms.map(Seconds::from_ms),
            longest_monologue_s: speech.longest_monologue_ms.map(Seconds::from_ms),
            interruptions: speech.interruptions,
            words_per_minute: PaceJson {
                manager: pace(speech.manager_words_per_minute),
                client: pace(speech.client_words_per_minute),
            },
            manager_share: speech.manager_share.map(Share::new),
        }
    }
}

impl From<&Turn> for TurnJson {
    fn from(turn: &Turn) -> Self {
        Self {
            who: turn.speaker.into(),
            start_s: Seconds::from_ms(turn.span.start_ms.into()),
            end_s: Seconds::from_ms(turn.span.end_ms.into()),
            text: turn.text(),
            confidence: Share::new(turn.confidence().into()),
            words: turn.words.iter().map(Into::into).collect(),
        }
    }
}

impl From<&Word> for WordJson {
    fn from(word: &Word) -> Self {
        Self {
            text: word.text.clone(),
            start_s: Seconds::from_ms(word.span.start_ms.into()),
            end_s: Seconds::from_ms(word.span.end_ms.into()),
            confidence: Share::new(word.confidence.into()),
        }
    }
}

impl From<&Dropped> for DroppedJson {
    fn from(dropped: &Dropped) -> Self {
        Self {
            who: dropped.speaker.into(),
            start_s: Seconds::from_ms(dropped.span.start_ms.into()),
            end_s: Seconds::from_ms(dropped.span.end_ms.into()),
            text: dropped.text.clone(),
            reason: dropped.reason.as_str().to_owned(),
        }
    }
}

impl From<&Warning> for WarningJson {
    fn from(warning: &Warning) -> Self {
        Self { code: warning.code().to_owned(), text: warning.to_string() }
    }
}

impl From<Speaker> for WhoJson {
    fn from(speaker: Speaker) -> Self {
        match speaker {
            Speaker::Manager => Self::Manager,
            Speaker::Client => Self::Client,
            Speaker::Unknown => Self::Unknown,
        }
    }
}
