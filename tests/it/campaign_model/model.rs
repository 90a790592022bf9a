//! What a campaign is, in one small value: states of dossiers, nominations, sessions and decisions, votes, holds and
//! the limit of the quota. Written from the plan's rules (`domain.md` 5.3 to 5.8), not from the service's tables.

/// What is done, each with the index of what it is done to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    Submit(usize),
    Recall(usize),
    Receive(usize),
    Return(usize),
    Withdraw(usize),
    Consolidate(usize),
    Appraise(usize, Conclusion),
    Hold(usize),
    Release(usize),
    PlanSession {
        consensus: bool,
    },
    PutOnAgenda(usize, usize),
    TakeOffAgenda(usize, usize),
    OpenSession(usize),
    Vote {
        session: usize,
        nomination: usize,
        member: usize,
        agree: bool,
    },
    Consent {
        session: usize,
        nomination: usize,
        agree: bool,
    },
    CloseSession(usize),
    WriteMinutes(usize),
    SignMinutes(usize),
    Confirm(usize),
    Reopen(usize),
    CancelSession(usize),
    PrepareAward,
    PrepareRevocation(usize),
    AddItem(usize, usize),
    RemoveItem(usize, usize),
    DropItem(usize, usize),
    Check(usize),
    ReturnDecision(usize),
    SignDecision(usize),
    Number(usize),
    Issue(usize),
    Publish(usize),
    CancelDecision(usize),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Conclusion {
    Eligible,
    Ineligible,
    NeedsSupplement,
}

/// Members of the council: chair, secretary, member.
pub const MEMBERS: usize = 3;
/// Nominations of each dossier.
pub const EACH: usize = 2;
/// Dossiers; the last one is what the head of the agency discovered, decided without a council.
pub const DOSSIERS: usize = 3;

#[derive(Debug, Clone, PartialEq)]
pub struct Nomination {
    pub state: &'static str,
    pub held: bool,
    pub live: bool,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    pub nomination: usize,
    /// One for each member, none while he has not voted.
    pub votes: [Option<bool>; MEMBERS],
    pub consensus: Option<bool>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Session {
    pub state: &'static str,
    pub consensus: bool,
    pub agenda: Vec<Line>,
    pub minutes: bool,
    pub signed: bool,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Decision {
    pub state: &'static str,
    /// The award that is revoked; none for an award.
    pub revokes: Option<usize>,
    pub items: Vec<usize>,
}

/// A campaign with two dossiers of divisions and one of the office.
#[derive(Debug, Clone, PartialEq)]
pub struct Model {
    /// Individuals that may be rewarded.
    pub limit: usize,
    pub dossiers: Vec<&'static str>,
    pub nominations: Vec<Nomination>,
    pub sessions: Vec<Session>,
    pub decisions: Vec<Decision>,
}

/// The codes with which it may be refused; which of several obstacles is named first is not the model's business.
pub type Refusal = Vec<&'static str>;
pub type Outcome = Result<Model, Refusal>;

pub const NOT_NOW: &str = "state.transition_not_allowed";
pub const NOT_FOUND: &str = "resource.not_found";
pub const BEFORE_OFFICE: [&str; 3] = ["RECEIVED", "APPRAISING", "CONSOLIDATED"];
const SETTLED: [&str; 5] = [
    "INELIGIBLE",
    "NOT_RECOMMENDED",
    "NOT_AWARDED",
    "AWARDED",
    "REVOKED",
];
const APPRAISABLE: [&str; 3] = ["PROPOSED", "ELIGIBLE", "INELIGIBLE"];

/// Refused only because it is not its time, or because it is not there.
pub fn is_untimely(codes: &Refusal) -> bool {
    codes.iter().all(|code| [NOT_NOW, NOT_FOUND].contains(code))
}

pub fn unless(fault: bool, code: &'static str) -> Result<(), Refusal> {
    if fault { Err(vec![code]) } else { Ok(()) }
}

impl Model {
    /// A campaign at its beginning; some of its dossiers may be consolidated already, so that the way is shorter.
    pub fn new(limit: usize, consolidated: [bool; DOSSIERS]) -> Self {
        let states = consolidated.map(|far| {
            if far {
                ("CONSOLIDATED", "ELIGIBLE")
            } else {
                ("DRAFT", "PROPOSED")
            }
        });
        let lines = states.iter().flat_map(|(_, state)| [*state; EACH]);
        Self {
            limit,
            dossiers: states.map(|(state, _)| state).to_vec(),
            nominations: lines
                .map(|state| Nomination {
                    state,
                    held: false,
                    live: true,
                })
                .collect(),
            sessions: Vec::new(),
            decisions: Vec::new(),
        }
    }

    /// Of the council's way: both others are the discovered dossier's.
    pub const fn is_discovered(dossier: usize) -> bool {
        dossier + 1 == DOSSIERS
    }

    pub fn lines(dossier: usize) -> std::ops::Range<usize> {
        dossier * EACH..(dossier + 1) * EACH
    }

    pub fn state(&self, nomination: usize) -> &'static str {
        self.nominations[nomination].state
    }

    /// Places of the quota: given for good, and taken until the decision.
    pub fn places(&self) -> (usize, usize) {
        let number = |states: &[&str]| {
            self.nominations
                .iter()
                .filter(|one| states.contains(&one.state))
                .count()
        };
        (number(&["AWARDED", "REVOKED"]), number(&["AWAITING_DIRECTOR"]))
    }

    /// A dossier before the office in which everything has ended and nothing can be appraised again: nobody could
    /// bring it to its end, and the campaign could not be concluded.
    pub fn stuck(&self) -> Option<usize> {
        (0..DOSSIERS).find(|dossier| {
            let states: Vec<&str> = Self::lines(*dossier).map(|line| self.state(line)).collect();
            BEFORE_OFFICE.contains(&self.dossiers[*dossier])
                && states
                    .iter()
                    .all(|state| SETTLED.contains(state) && *state != "INELIGIBLE")
        })
    }

    /// What the campaign is afterwards, or why it is refused.
    pub fn after(&self, act: Act) -> Outcome {
        match act {
            Act::Submit(d) => self.dossier(d, &["DRAFT", "RETURNED"], "SUBMITTED"),
            Act::Recall(d) => self.dossier(d, &["SUBMITTED"], "DRAFT"),
            Act::Receive(d) => self.dossier(d, &["SUBMITTED"], "RECEIVED"),
            Act::Return(d) => {
                let after = self.dossier(d, &["SUBMITTED", "RECEIVED", "APPRAISING"], "RETURNED")?;
                self.movable(d).map(|()| after)
            }
            Act::Withdraw(d) => {
                let from = ["DRAFT", "SUBMITTED", "RECEIVED", "APPRAISING", "RETURNED"];
                let mut after = self.dossier(d, &from, "WITHDRAWN")?;
                self.movable(d)?;
                Self::lines(d).for_each(|line| after.nominations[line].live = false);
                Ok(after)
            }
            Act::Consolidate(d) => {
                let mut after = self.dossier(d, &["APPRAISING"], "CONSOLIDATED")?;
                let open = Self::lines(d).any(|line| self.state(line) == "PROPOSED");
                unless(open, "submission.not_appraised")?;
                after.close_settled();
                Ok(after)
            }
            Act::Appraise(n, conclusion) => self.appraise(n, conclusion),
            Act::Hold(n) => {
                let one = &self.nominations[n];
                unless(!one.live || SETTLED.contains(&one.state), NOT_NOW)?;
                unless(one.held, "nomination.on_hold")?;
                let mut after = self.clone();
                after.nominations[n].held = true;
                Ok(after)
            }
            Act::Release(n) => {
                unless(!self.nominations[n].held, "nomination.not_on_hold")?;
                let mut after = self.clone();
                after.nominations[n].held = false;
                Ok(after)
            }
            _ => self
                .after_session(act)
                .unwrap_or_else(|| self.after_decision(act)),
        }
    }

    fn dossier(&self, dossier: usize, from: &[&str], to: &'static str) -> Outcome {
        unless(!from.contains(&self.dossiers[dossier]), NOT_NOW)?;
        let mut after = self.clone();
        after.dossiers[dossier] = to;
        Ok(after)
    }

    /// What stands before the council or further holds its dossier where it is.
    fn movable(&self, dossier: usize) -> Result<(), Refusal> {
        unless(
            Self::lines(dossier).any(|line| !APPRAISABLE.contains(&self.state(line))),
            NOT_NOW,
        )
    }

    fn close_settled(&mut self) {
        for dossier in 0..DOSSIERS {
            let settled = Self::lines(dossier).all(|line| SETTLED.contains(&self.state(line)));
            if settled && BEFORE_OFFICE.contains(&self.dossiers[dossier]) {
                self.dossiers[dossier] = "CLOSED";
            }
        }
    }

    /// Only the dossiers of what the act was about are looked at; one that was handed in again waits for its review.
    pub fn close_settled_of(&mut self, nominations: &[usize]) {
        let untouched: Vec<(usize, &'static str)> = (0..DOSSIERS)
            .filter(|dossier| {
                !nominations
                    .iter()
                    .any(|line| Self::lines(*dossier).contains(line))
            })
            .map(|dossier| (dossier, self.dossiers[dossier]))
            .collect();
        self.close_settled();
        for (dossier, state) in untouched {
            self.dossiers[dossier] = state;
        }
    }

    fn appraise(&self, n: usize, conclusion: Conclusion) -> Outcome {
        let dossier = n / EACH;
        let corrected = self.dossiers[dossier] == "CLOSED" && self.state(n) == "INELIGIBLE";
        let before_office = ["RECEIVED", "APPRAISING"].contains(&self.dossiers[dossier]);
        unless(!(before_office || corrected), NOT_NOW)?;
        unless(!APPRAISABLE.contains(&self.state(n)), NOT_NOW)?;
        let mut after = self.clone();
        after.dossiers[dossier] = "APPRAISING";
        after.nominations[n].state = match conclusion {
            Conclusion::Eligible => "ELIGIBLE",
            Conclusion::Ineligible => "INELIGIBLE",
            Conclusion::NeedsSupplement => "PROPOSED",
        };
        after.close_settled_of(&[n]);
        Ok(after)
    }
}
