//! Grades recorded sales calls: decode, transcribe, match rules, propose a scorecard with evidence.
//!
//! The modules stand in the order in which a call passes through them; each may use only those above it
//! (`tests/it/architecture.rs` keeps that true). `ARCHITECTURE.md` is the map.

// The vocabulary that everybody may use.
pub mod call;
pub mod exit;
pub mod sound;
pub mod transcript;
pub mod warning;
pub mod whole_file;

// The engines, which do not know one another.
pub mod audio;
pub mod journal;
pub mod naming;
pub mod rules;
pub mod speech;

// Judgement.
pub mod grading;

// What is kept.
pub mod store;

// Work on many recordings, and what people read.
pub mod batch;
pub mod evaluation;
pub mod report;

// Wiring.
pub mod cli;
pub mod commands;
pub mod config;
