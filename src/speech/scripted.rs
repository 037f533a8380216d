//! A recognizer that reads from a script: what is said in a window is what the script has at that time.
//!
//! For tests of everything around a recognizer: it needs no model, gives the same words at any speed, and shows at once
//! whether times survive packing and mapping. Beside it stands the reader of transcripts made elsewhere, which are
//! graded with no recognizer at all.

use crate::sound::span_of;
use crate::speech::{Effort, Recognition, Recognizer, Segment, SegmentWord, SpeechError, Window};
use crate::transcript::Turn;

pub use crate::speech::dialogue::{DialogueError, read_dialogue};

/// Recognizes what the turns of a script say.
#[derive(Clone, Debug, Default)]
pub struct ScriptedRecognizer {
    turns: Vec<Turn>,
}

impl ScriptedRecognizer {
    /// Reads from `turns`, whose times are those of the recording.
    pub fn new(turns: Vec<Turn>) -> Self {
        Self { turns }
    }
}

impl Recognizer for ScriptedRecognizer {
    fn recognize(&mut self, window: &Window, _effort: Effort) -> Result<Recognition, SpeechError> {
        let mut segments = Vec::new();
        for part in &window.parts {
            let heard = span_of(part.start_sample, part.len as u64);
            let at_ms = span_of(part.at_sample as u64, 0).start_ms;
            for turn in self.turns.iter().filter(|turn| turn.speaker == window.speaker) {
                // A word is heard in the part that holds its middle, so that no word is heard twice.
                let words: Vec<SegmentWord> = turn
                    .words
                    .iter()
                    .filter(|word| {
                        let middle = word.span.start_ms.midpoint(word.span.end_ms);
                        heard.start_ms <= middle && middle < heard.end_ms
                    })
                    .map(|word| SegmentWord {
                        text: word.text.clone(),
                        start_ms: at_ms + word.span.start_ms.saturating_sub(heard.start_ms),
                        end_ms: at_ms + word.span.end_ms.min(heard.end_ms) - heard.start_ms,
                        probability: word.confidence,
                    })
                    .collect();
                if !words.is_empty() {
                    segments.push(Segment { words, mean_log_probability: -0.1 });
                }
            }
        }
        Ok(Recognition { segments, no_speech_probability: 0.0, shortened: false })
    }
}
