//! The one integration binary: every test that runs the program, or reads the tree, from outside.
//!
//! One binary, because linking whisper.cpp once is cheaper than once a file. Each `mod` has a line that says what is in
//! it; put a test where it belongs rather than into a new file.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::similar_names,
    clippy::unwrap_used,
    unreachable_pub,
    reason = "a test may panic, its helpers too; and nothing outside this binary can see what is `pub` in it"
)]

// A folder of its own for each test, and the program run in it.
mod workspace;

// The layers and fences of ARCHITECTURE.md.
mod architecture;

// Rulebooks: the default one, faults, and the examples of rules/README.md.
mod rules;

// What rules may ask for: distances, negation, sound, layers, attention; and bad rule files.
mod rules_language;

// `autograde rules` from outside.
mod rules_command;

// A second language: the English rulebook.
mod rules_english;

// Rule files cut, mangled and huge; one turn of a day.
mod rules_robust;

// Drafts: the invariants, the JSON schema, the cases in tests/cases, the samples as text.
mod grading;

// Recordings to words: packing, scheduling, the demo model.
mod speech;

// Recordings in every format, and bad ones.
mod audio;

// What is called speech, and what is not.
mod audio_speech;

// Recordings made out of numbers.
mod sounds;

// The program from outside: outputs and exit codes, on transcripts.
mod cli;

// What names of recordings and sidecars tell, and the journals of exchanges.
mod journal;
mod names;

// `autograde.toml` from outside.
mod cli_config;

// Recordings through the whole program: bad ones, pairs, many, Ctrl-C.
mod cli_recordings;

// The process that listens, and what may befall it.
mod child;

// The night: folders, kills, retries, watching.
mod nightly;

// The demonstration of docs/nightly.md.
mod nightly_demo;

// The night under fire; `make soak` runs the long form.
mod soak;

// Faults by their numbers, and the table that names the test of each.
mod faults;
mod faults_of_rules;
mod faults_of_run;
mod faults_of_store;

// Many short calls, for the tests of the night.
mod short_calls;

// `autograde evaluate`, and transcripts mangled as recognizers mangle them.
mod corrupt;
mod evaluation;

// The samples, with the demo model: verdict and type as promised.
mod samples;

// The store, on both databases; and what may happen to its file.
mod databases;
mod store;
mod store_commands;
mod store_faults;

// The documents against the program.
mod readme;

// The licences of the dependencies; `make lint` runs it alone.
mod licences;

// Whisper models with random weights, and a server that misbehaves, for the tests below.
mod http_server;
mod model_file;

// Official models: which is used, what is refused, how one comes here.
mod models_choose;
mod models_command;
mod models_header;
mod models_native;
mod models_pull;
