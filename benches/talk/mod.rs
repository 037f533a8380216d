//! Talk that nobody had to hear: transcripts of any length from the scripts of the samples, so that everything is ours.

use std::fs;
use std::path::Path;

use autograde::call::{Span, Speaker};
use autograde::transcript::{Heard, Turn, Word};

/// Speaker and words of every turn of the samples.
pub(crate) fn samples() -> Vec<(Speaker, Vec<String>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/scripts");
    let mut paths: Vec<_> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let mut turns = Vec::new();
    for path in paths {
        let script: serde_json::Value =
            serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
        for turn in script["turns"].as_array().unwrap() {
            let speaker = if turn["who"] == "manager" { Speaker::Manager } else { Speaker::Client };
            let text = turn["text"].as_str().unwrap();
            turns.push((speaker, text.split_whitespace().map(str::to_owned).collect()));
        }
    }
    turns
}

/// A call of so many words: the turns of the samples, again and again, from the turn `first`.
pub(crate) fn long(turns: &[(Speaker, Vec<String>)], first: usize, words: usize) -> Heard {
    let mut heard = Heard::default();
    let (mut now_ms, mut left) = (0, words);
    for (speaker, texts) in turns.iter().cycle().skip(first) {
        let start_ms = now_ms;
        let said = texts.iter().take(left).map(|text| {
            now_ms += 400;
            Word { text: text.clone(), span: Span::new(now_ms - 400, now_ms), confidence: 0.9 }
        });
        let words: Vec<Word> = said.collect();
        left -= words.len();
        heard.turns.push(Turn { speaker: *speaker, span: Span::new(start_ms, now_ms), words });
        if left == 0 {
            break;
        }
    }
    heard.recording.duration_ms = now_ms;
    heard
}
