//! The figures as one JSON object.
//!
//! A figure is `{"value", "low", "high", "count"}`, or null where there is none; confusion tables are rows of counts,
//! the label's category by row. Numbers have four digits behind the point: more would be noise.

use serde_json::{Map, Value, json};

use crate::evaluation::agreement::Confusion;
use crate::evaluation::calibration::Calibration;
use crate::evaluation::compare::Compared;
use crate::evaluation::figures::{Evaluation, Figures, VERDICTS};
use crate::evaluation::interval::{Figure, share};
use crate::evaluation::values::{Finding, OUTCOMES, ValueFigures};
use crate::grading::{Level, Outcome};

/// Everything in `evaluation`. The caller adds what it was made with.
pub fn json(evaluation: &Evaluation) -> Map<String, Value> {
    let criteria: Vec<Value> = evaluation
        .criteria
        .iter()
        .map(|criterion| {
            let mut object = values(&criterion.values);
            object.insert("id".into(), json!(criterion.id));
            Value::Object(object)
        })
        .collect();
    let by_type: Vec<Value> = evaluation
        .by_type
        .iter()
        .map(|(id, of_type)| {
            let mut object = figures(of_type);
            object.insert("id".into(), json!(id));
            Value::Object(object)
        })
        .collect();
    let mut object = figures(&evaluation.all);
    object.insert("criteria".into(), json!(criteria));
    object.insert("by_type".into(), json!(by_type));
    let types: Vec<&str> = evaluation.type_ids.iter().map(String::as_str).collect();
    object.insert("type_confusion".into(), confusion(&types, &evaluation.types));
    let verdicts: Vec<&str> = VERDICTS.iter().map(|verdict| verdict.as_str()).collect();
    object.insert("verdict_confusion".into(), confusion(&verdicts, &evaluation.verdicts));
    object.insert(
        "calibration".into(),
        calibration(&evaluation.calibration, evaluation.ece, evaluation.brier),
    );
    object.insert(
        "type_calibration".into(),
        calibration(&evaluation.type_calibration, evaluation.type_ece, evaluation.type_brier),
    );
    let calls: Vec<Value> = evaluation.calls.iter().map(call).collect();
    object.insert("worst_first".into(), json!(calls));
    object
}

fn figures(figures: &Figures) -> Map<String, Value> {
    let cqr = &figures.cqr;
    let object = json!({
        "calls": figures.calls,
        "values": values(&figures.values),
        "call_type": figure(figures.call_type),
        "verdict": figure(figures.verdict),
        "verdict_decided": figure(figures.decided),
        "cqr": {
            "count": cqr.count,
            "only_label": cqr.only_label,
            "only_draft": cqr.only_draft,
            "mean_absolute_error": figure(cqr.error),
            "bias": figure(cqr.bias),
            "within_5": figure(cqr.within_5),
        },
    });
    into_map(object)
}

fn values(values: &ValueFigures) -> Map<String, Value> {
    let outcomes: Vec<String> = OUTCOMES.iter().map(|value| outcome(*value).to_string()).collect();
    let names: Vec<&str> = outcomes.iter().map(|name| name.trim_matches('"')).collect();
    into_map(json!({
        "count": values.count,
        "agreement": figure(values.agreement),
        "within_half": figure(values.near),
        "kappa_quadratic": figure(values.kappa),
        "ac2_quadratic": figure(values.ac2),
        "applies": figure(values.applies),
        "coverage": figure(values.coverage),
        "full": finding(&values.full),
        "zero": finding(&values.zero),
        "confusion": confusion(&names, &values.confusion),
    }))
}

fn finding(finding: &Finding) -> Value {
    json!({ "precision": figure(finding.precision), "recall": figure(finding.recall) })
}

fn figure(figure: Option<Figure>) -> Value {
    figure.map_or(Value::Null, |figure| {
        json!({
            "value": rounded(figure.value),
            "low": figure.interval.map(|(low, _)| rounded(low)),
            "high": figure.interval.map(|(_, high)| rounded(high)),
            "count": figure.count,
        })
    })
}

fn confusion(names: &[&str], table: &Confusion) -> Value {
    let rows: Vec<&[usize]> = table.rows().collect();
    json!({ "categories": names, "label_by_draft": rows })
}

fn calibration(calibration: &Calibration, ece: Option<Figure>, brier: Option<Figure>) -> Value {
    let bins: Vec<Value> = calibration
        .bins
        .iter()
        .map(|bin| {
            let mean = (0 < bin.count).then(|| rounded(bin.confidence()));
            json!({ "confidence": mean, "right": figure(share(bin.right, bin.count)) })
        })
        .collect();
    json!({ "ece": figure(ece), "brier": figure(brier), "bins": bins })
}

fn call(call: &Compared) -> Value {
    let wrong: Vec<Value> = call
        .values
        .iter()
        .filter(|value| !value.agrees())
        .map(|value| {
            let quotes: Vec<Value> = value
                .shown
                .iter()
                .map(|(rule, quote)| json!({ "rule": rule, "quote": quote }))
                .collect();
            json!({
                "criterion": value.criterion,
                "label": outcome(value.label),
                "draft": outcome(value.proposed),
                "confidence": value.confidence.map(rounded),
                "why": value.why.own,
                "evidence": quotes,
            })
        })
        .collect();
    let verdicts = call.verdicts();
    json!({
        "source": call.name,
        "id": call.id,
        "distance": rounded(call.distance()),
        "values": call.values.len(),
        "wrong": wrong,
        "call_type": {
            "label": call.type_label,
            "draft": call.type_proposed,
            "confidence": call.type_confidence.map(rounded),
        },
        "cqr": {
            "label": call.cqr_label.as_ref().and_then(|cqr| cqr.value).map(rounded),
            "draft": call.cqr_proposed.value.map(rounded),
        },
        "verdict": {
            "label": verdicts.map(|(label, _)| label.as_str()),
            "draft": call.cqr_proposed.verdict.as_str(),
        },
    })
}

/// As labelled calls write it.
fn outcome(outcome: Outcome) -> Value {
    match outcome {
        Outcome::Proposed(Level::Half) => json!(Level::Half.value()),
        Outcome::Proposed(level) => json!(u8::from(level == Level::Full)),
        Outcome::NotApplicable | Outcome::Unknown => json!(outcome.as_str()),
    }
}

fn rounded(value: f64) -> f64 {
    let rounded = (value * 1e4).round() / 1e4;
    // Never a minus before a zero.
    if rounded.abs() < 1e-9 { 0.0 } else { rounded }
}

fn into_map(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}
