//! What a drill found, by what people came for, and how it is told.

use std::cell::{Cell, RefCell};
use std::fmt::Write as _;
use std::time::Duration;

use hdrhistogram::Histogram;
use serde_json::json;

use crate::visits::Class;

/// Bounds of the groups by number of tries.
const TRIES: [u32; 5] = [1, 2, 5, 10, u32::MAX];
/// Faults that are told; further ones are counted.
const TOLD: usize = 10;
const LONGEST_MICROS: u64 = 600_000_000;

/// Latencies.
pub struct Latencies(RefCell<Histogram<u64>>);

impl Latencies {
    fn new() -> Self {
        // The bounds are constant and allowed.
        #[allow(clippy::expect_used, reason = "constant bounds")]
        Self(RefCell::new(
            Histogram::new_with_bounds(1, LONGEST_MICROS, 3).expect("bounds"),
        ))
    }

    /// Adds one.
    pub fn add(&self, latency: Duration) {
        let micros = u64::try_from(latency.as_micros()).unwrap_or(u64::MAX);
        self.0.borrow_mut().saturating_record(micros.max(1));
    }

    /// A quantile in milliseconds.
    pub fn millis(&self, quantile: f64) -> f64 {
        self.0.borrow().value_at_quantile(quantile) as f64 / 1e3
    }
}

/// What became of the visits of a class.
pub struct OfClass {
    /// Visits.
    pub came: Cell<u64>,
    /// Those that got what they wanted.
    pub accepted: Cell<u64>,
    /// Answers that said: later.
    pub refused: Cell<u64>,
    /// Visitors who tried often enough.
    pub gave_up: Cell<u64>,
    /// Of the try that was accepted.
    pub took: Latencies,
    /// From when it was due until it was accepted, with all tries and waits between.
    pub until: Latencies,
    /// Of refusals.
    pub turned_away: Latencies,
    tries: RefCell<[u64; TRIES.len()]>,
}

impl OfClass {
    fn new() -> Self {
        Self {
            came: Cell::new(0),
            accepted: Cell::new(0),
            refused: Cell::new(0),
            gave_up: Cell::new(0),
            took: Latencies::new(),
            until: Latencies::new(),
            turned_away: Latencies::new(),
            tries: RefCell::default(),
        }
    }

    /// One was accepted.
    pub fn accept(&self, tries: u32, took: Duration, until: Duration) {
        add(&self.accepted);
        self.took.add(took);
        self.until.add(until);
        let group = TRIES.iter().position(|most| tries <= *most).unwrap_or(0);
        self.tries.borrow_mut()[group] += 1;
    }

    fn json(&self) -> serde_json::Value {
        json!({
            "came": self.came.get(), "accepted": self.accepted.get(), "refused": self.refused.get(),
            "gave_up": self.gave_up.get(), "tries": *self.tries.borrow(),
            "took_ms": [self.took.millis(0.5), self.took.millis(0.99)],
            "until_ms": [self.until.millis(0.5), self.until.millis(0.99), self.until.millis(1.0)],
        })
    }
}

/// One more.
pub fn add(count: &Cell<u64>) {
    count.set(count.get() + 1);
}

/// What became of all visits.
pub struct Tally {
    classes: [OfClass; Class::ALL.len()],
    /// Of every try that was accepted.
    pub took: Latencies,
    /// Visits that the generator itself could not make.
    pub not_made: Cell<u64>,
    /// How late it was in making them.
    pub late: Latencies,
    /// How long people waited for a connection.
    pub queued: Latencies,
    /// Connections that ended without an answer.
    pub broken: Cell<u64>,
    /// Answers to a second asking with the same key.
    pub replayed: Cell<u64>,
    faults: RefCell<Vec<String>>,
}

impl Tally {
    /// Nothing yet.
    pub fn new() -> Self {
        Self {
            classes: Class::ALL.map(|_| OfClass::new()),
            took: Latencies::new(),
            not_made: Cell::new(0),
            late: Latencies::new(),
            queued: Latencies::new(),
            broken: Cell::new(0),
            replayed: Cell::new(0),
            faults: RefCell::default(),
        }
    }

    /// Of one class.
    pub fn of(&self, class: Class) -> &OfClass {
        &self.classes[class as usize]
    }

    /// Sum over the classes.
    pub fn sum(&self, count: impl Fn(&OfClass) -> &Cell<u64>) -> u64 {
        self.classes.iter().map(|of| count(of).get()).sum()
    }

    /// Something that must not be.
    pub fn fault(&self, sentence: String) {
        self.faults.borrow_mut().push(sentence);
    }

    /// The table by class, and the faults, for the report.
    pub fn tell(&self, report: &mut Report) {
        let mut table = format!(
            "{:<16}{:>9}{:>10}{:>9}{:>9}{:>9}{:>9}{:>10}{:>10}{:>10}  tries 1/2/3-5/6-10/more\n",
            "",
            "came",
            "accepted",
            "refused",
            "gave up",
            "p50 ms",
            "p99 ms",
            "in all50",
            "in all99",
            "refusal99",
        );
        for class in Class::ALL {
            let of = self.of(class);
            if of.came.get() == 0 {
                continue;
            }
            let tries: Vec<String> = of.tries.borrow().iter().map(ToString::to_string).collect();
            let _text = writeln!(
                table,
                "{:<16}{:>9}{:>10}{:>9}{:>9}{:>9.1}{:>9.1}{:>10.0}{:>10.0}{:>10.1}  {}",
                class.name(),
                of.came.get(),
                of.accepted.get(),
                of.refused.get(),
                of.gave_up.get(),
                of.took.millis(0.5),
                of.took.millis(0.99),
                of.until.millis(0.5),
                of.until.millis(0.99),
                of.turned_away.millis(0.99),
                tries.join("/"),
            );
        }
        report.line(table.trim_end().to_owned());
        report.line(format!(
            "generator: {} visits not made, p99 {:.1} ms late, {:.0} ms until a connection was free; connections broken \
             {}, asked again with the same key {}",
            self.not_made.get(),
            self.late.millis(0.99),
            self.queued.millis(0.99),
            self.broken.get(),
            self.replayed.get()
        ));
        for class in Class::ALL {
            report.figure(class.name(), self.of(class).json());
        }
        self.tell_faults(report);
    }

    /// Only the faults.
    pub fn tell_faults(&self, report: &mut Report) {
        for fault in self.faults.borrow().iter() {
            report.fault(fault);
        }
    }
}

/// What is told of a drill.
pub struct Report {
    drill: String,
    database: &'static str,
    lines: Vec<String>,
    faults: Vec<String>,
    figures: serde_json::Map<String, serde_json::Value>,
}

impl Report {
    /// Nothing yet.
    pub fn new(drill: String, database: &'static str) -> Self {
        Self {
            drill,
            database,
            lines: Vec::new(),
            faults: Vec::new(),
            figures: serde_json::Map::new(),
        }
    }

    /// Adds a line.
    pub fn line(&mut self, line: String) {
        self.lines.push(line);
    }

    /// Adds a figure.
    pub fn figure(&mut self, name: &str, value: serde_json::Value) {
        self.figures.insert(name.to_owned(), value);
    }

    /// A goal, met or missed: it asserts nothing.
    pub fn goal(&mut self, met: bool, what: String) {
        self.figure(&what, json!(met));
        self.line(format!("{} {what}", if met { "met   " } else { "MISSED" }));
    }

    /// Something that must not be.
    pub fn fault(&mut self, sentence: &str) {
        self.faults.push(sentence.to_owned());
    }

    /// How many faults there are.
    pub fn faults(&self) -> usize {
        self.faults.len()
    }

    /// Whether all that must hold does.
    pub fn sound(&self) -> bool {
        self.faults.is_empty()
    }

    /// As it is printed.
    pub fn text(&self) -> String {
        let mut text = format!(
            "\n== {} on {}\n{}\n",
            self.drill,
            self.database,
            self.lines.join("\n")
        );
        for fault in self.faults.iter().take(TOLD) {
            let _text = writeln!(text, "FAULT  {fault}");
        }
        let _text = writeln!(text, "{} faults", self.faults.len());
        text
    }

    /// As it is kept.
    pub fn json(&self) -> serde_json::Value {
        json!({ "drill": self.drill, "database": self.database, "figures": self.figures, "faults": self.faults })
    }
}
