//! What a person reads on the terminal: one draft as a page, many as a table, a transcript, an evaluation, in Russian or English.
//!
//! Pure text: these functions get plain data and return strings; who prints them, and where, is not their business.

mod columns;
mod confirmed;
mod difference;
mod evaluation;
mod explanation;
mod failure;
mod journal;
mod labelled;
mod language;
mod models;
mod night;
mod page;
mod quantity;
mod rules;
mod scorecard;
mod table;
pub mod transcript;
mod waiting;

pub use confirmed::confirmed;
pub use difference::differences;
pub use evaluation::{Detail, evaluation};
pub use explanation::explanation;
pub use journal::{JournalLine, Stored, explained, imported, journal};
pub use language::Language;
pub use models::{model_fault, model_list, pull_event, size};
pub use night::night;
pub use page::Screen;
pub use rules::{advice, faults, forms, listing, tests};
pub use scorecard::scorecard;
pub use table::{Row, table};
pub use waiting::{WaitingDraft, waiting};
