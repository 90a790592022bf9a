//! What people do in the last hour: hand in, save drafts, read, list; one hand-in to ten savings and fifty reads.

use std::cell::Cell;
use std::collections::HashMap;
use std::rc::Rc;

use serde_json::json;
use thidua::domain::ids::SubmissionId;

use crate::data::text;
use crate::data::world::Persona;
use crate::http::Request;
use crate::targets::Targets;

/// Visits after which the mix begins again.
pub const CYCLE: u64 = 61;
/// Of them the savings, behind the hand-in.
const SAVINGS: u64 = 10;
/// And the lists behind these.
const LISTS: u64 = 10;
/// Bytes of what is saved.
const SAVED_BYTES: usize = 1_700;
/// Spreads consecutive numbers: a prime that divides no length.
const STRIDE: u64 = 1_000_003;

/// What somebody came for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// A dossier is handed in.
    HandIn,
    /// A draft is saved.
    Save,
    /// A dossier is read.
    Read,
    /// The dossiers of a unit are listed.
    List,
}

impl Class {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::HandIn, Self::Save, Self::Read, Self::List];

    /// Its name in the tables.
    pub const fn name(self) -> &'static str {
        match self {
            Self::HandIn => "hand-in",
            Self::Save => "draft saved",
            Self::Read => "dossier read",
            Self::List => "dossiers listed",
        }
    }

    /// How often somebody tries: a hand-in matters, a page can be looked at later.
    pub const fn tries(self) -> u32 {
        match self {
            Self::HandIn => 60,
            Self::Save => 6,
            Self::Read | Self::List => 2,
        }
    }
}

/// One visit.
pub struct Visit {
    /// What for.
    pub class: Class,
    /// What is asked, the same each time it is tried.
    pub request: Request,
    /// The dossier that is handed in.
    pub dossier: Option<SubmissionId>,
    /// Its number among those of its class.
    pub number: u64,
}

/// Makes visits.
pub struct Visits {
    tokens: Rc<HashMap<Persona, Rc<str>>>,
    targets: Rc<Targets>,
    hands_in: bool,
    made: Cell<u64>,
    handed: Cell<usize>,
}

impl Visits {
    /// Visits to these dossiers; without hand-ins a draft is saved instead.
    pub const fn new(tokens: Rc<HashMap<Persona, Rc<str>>>, targets: Rc<Targets>, hands_in: bool) -> Self {
        Self {
            tokens,
            targets,
            hands_in,
            made: Cell::new(0),
            handed: Cell::new(0),
        }
    }

    /// The next visit.
    pub fn next(&self) -> Option<Visit> {
        let number = self.made.replace(self.made.get() + 1);
        match number % CYCLE {
            0 if self.hands_in => self.hand_in().or_else(|| self.save(number)),
            step if step <= SAVINGS => self.save(number),
            step if step <= SAVINGS + LISTS => self.list(number),
            _ => self.read(number),
        }
    }

    fn hand_in(&self) -> Option<Visit> {
        let index = self.handed.replace(self.handed.get() + 1);
        let draft = self.targets.drafts.get(index)?;
        let token = self.tokens.get(&Persona::Head(draft.place.0, draft.place.1))?;
        let path = format!("/v1/submissions/{}/submit", draft.id);
        let request = Request::change("POST", path, token, "{}".to_owned());
        Some(Visit {
            class: Class::HandIn,
            request: keyed(request, &format!("\"{}\"", draft.version.get())),
            dossier: Some(draft.id),
            number: index as u64,
        })
    }

    fn save(&self, number: u64) -> Option<Visit> {
        let (index, draft) = self.targets.saved.take()?;
        self.targets.saved.give(index);
        let token = self.tokens.get(&Persona::Officer(draft.place.0, draft.place.1))?;
        let note: String = text::prose(number, SAVED_BYTES).chars().take(1_990).collect();
        let body = json!({ "note": format!("{number} {note}").chars().take(1_990).collect::<String>() });
        let path = format!("/v1/submissions/{}", draft.id);
        let request = Request::change("PATCH", path, token, body.to_string());
        // Whoever saves last is right: several officers are at one dossier.
        Some(simple(Class::Save, keyed(request, "*"), number))
    }

    fn read(&self, number: u64) -> Option<Visit> {
        let of = &self.targets.submissions;
        let (id, place) = of.get((number.wrapping_mul(STRIDE) % of.len() as u64) as usize)?;
        let persona = match number % 3 {
            0 => Persona::Officer(place.0, place.1),
            1 => Persona::Head(place.0, place.1),
            _ => Persona::Reviewer(place.0),
        };
        let request = Request::get(format!("/v1/submissions/{id}"), self.tokens.get(&persona)?);
        Some(simple(Class::Read, request, number))
    }

    fn list(&self, number: u64) -> Option<Visit> {
        let of = &self.targets.submissions;
        let (_, place) = of.get((number.wrapping_mul(STRIDE) % of.len() as u64) as usize)?;
        let token = self.tokens.get(&Persona::Officer(place.0, place.1))?;
        let request = Request::get("/v1/submissions?limit=20".to_owned(), token);
        Some(simple(Class::List, request, number))
    }
}

const fn simple(class: Class, request: Request, number: u64) -> Visit {
    Visit {
        class,
        request,
        dossier: None,
        number,
    }
}

fn keyed(request: Request, tag: &str) -> Request {
    request
        .with("if-match", tag.to_owned())
        .with("idempotency-key", uuid::Uuid::now_v7().to_string())
}
