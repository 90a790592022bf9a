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
    /// With the Director's word that the quota may be exceeded.
    ConfirmOver(usize),
    Reopen(usize),
    CancelSession(usize),
    PrepareAward,
    PrepareRevocation(usize),
    PrepareCorrection(usize),
    AddItem(usize, usize),
    RemoveItem(usize, usize),
    DropItem(usize, usize),
    Check(usize),
    ReturnDecision(usize),
    SignDecision(usize),
    Number(usize),
    Issue(usize),
    /// With the Director's word that the quota may be exceeded.
    IssueOver(usize),
    Publish(usize),
    CancelDecision(usize),
    /// The head drops what the council recommended.
    DropNomination(usize),
    PrepareForwarding {
        first: usize,
        second: Option<usize>,
    },
    ChangeLetter(usize),
    SignForwarding {
        forwarding: usize,
        over: bool,
    },
    SendForwarding(usize),
    RecallForwarding(usize),
    Acknowledge(usize),
    ReturnForwarding(usize),
    DeclineForwarding(usize),
    RecordDecision {
        forwarding: usize,
        outcome: Outcomes,
    },
    RemoveForwarding(usize),
    /// The unit changes a nomination.
    Edit(usize),
    AddPaper(usize),
    AdmitLate(usize),
    PassDeadline,
}

/// What the level above decides about a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcomes {
    All,
    First,
    Nobody,
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
/// The nomination of a member of the council, and which member he is.
pub const OWN_CASE: (usize, usize) = (0, 2);
/// Individuals that the level above allots for its form.
pub const UPSTREAM: usize = 1;

#[derive(Debug, Clone, PartialEq)]
pub struct Nomination {
    pub state: &'static str,
    pub held: bool,
    pub live: bool,
    /// For the form of the level above.
    pub up: bool,
    /// The last correction in force of what was printed.
    pub corrected_by: Option<usize>,
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
    /// Confirmed beyond the quota.
    pub over: bool,
}

/// What a decision is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    Award,
    /// Recorded with a forwarding.
    ExternalAward,
    Revocation(usize),
    Correction(usize),
}

impl Purpose {
    /// The award that it follows.
    pub const fn original(self) -> Option<usize> {
        match self {
            Self::Revocation(of) | Self::Correction(of) => Some(of),
            Self::Award | Self::ExternalAward => None,
        }
    }
}

#[derive(Debug, Clone, PartialEq)]
pub struct Decision {
    pub state: &'static str,
    pub purpose: Purpose,
    pub items: Vec<usize>,
    /// Issued beyond the quota.
    pub over: bool,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Forwarding {
    pub state: &'static str,
    pub items: Vec<usize>,
    pub signed: bool,
    /// Signed with the word that the quota may be exceeded.
    pub over: bool,
    /// Keeps its nominations from other batches.
    pub live: bool,
    /// The receiver gave it back before.
    pub returned: bool,
}

/// What decides whether a dossier is in time.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Times {
    pub handed_in: bool,
    /// Whether it last came in after the deadline.
    pub came_late: bool,
    /// Given back, and whether that was after the deadline.
    pub returned_late: Option<bool>,
    pub admitted: bool,
}

/// A campaign with two dossiers of divisions and one of the office.
#[derive(Debug, Clone, PartialEq)]
pub struct Model {
    /// Individuals that may be rewarded.
    pub limit: usize,
    /// Whether what was refused above may get the own form.
    pub fallback: bool,
    pub deadline_passed: bool,
    pub times: [Times; DOSSIERS],
    pub dossiers: Vec<&'static str>,
    pub nominations: Vec<Nomination>,
    pub sessions: Vec<Session>,
    pub decisions: Vec<Decision>,
    pub forwardings: Vec<Forwarding>,
}

/// The codes with which it may be refused; which of several obstacles is named first is not the model's business.
pub type Refusal = Vec<&'static str>;
pub type Outcome = Result<Model, Refusal>;

pub const NOT_NOW: &str = "state.transition_not_allowed";
pub const NOT_FOUND: &str = "resource.not_found";
pub const BEFORE_OFFICE: [&str; 3] = ["RECEIVED", "APPRAISING", "CONSOLIDATED"];
/// States of a decision that is neither in force nor given up.
pub const ON_THE_WAY: [&str; 4] = ["DRAFT", "CHECKED", "SIGNED", "NUMBERED"];
pub const IN_FORCE: [&str; 2] = ["ISSUED", "PUBLISHED"];
const SETTLED: [&str; 6] = [
    "INELIGIBLE",
    "NOT_RECOMMENDED",
    "DECLINED_ABOVE",
    "NOT_AWARDED",
    "AWARDED",
    "REVOKED",
];
pub const EDITABLE: [&str; 2] = ["DRAFT", "RETURNED"];
const USED: [&str; 2] = ["AWARDED", "REVOKED"];
const RESERVED: [&str; 4] = ["AWAITING_DIRECTOR", "RECOMMENDED", "FORWARDED", "RETURNED_ABOVE"];
const APPRAISABLE: [&str; 3] = ["PROPOSED", "ELIGIBLE", "INELIGIBLE"];

/// Refused only because it is not its time, or because it is not there.
pub fn is_untimely(codes: &[&str]) -> bool {
    codes.iter().all(|code| [NOT_NOW, NOT_FOUND].contains(code))
}

pub fn unless(fault: bool, code: &'static str) -> Result<(), Refusal> {
    if fault { Err(vec![code]) } else { Ok(()) }
}

impl Model {
    /// A campaign at its beginning.
    pub fn new(limit: usize, fallback: bool) -> Self {
        let nomination = |n| Nomination {
            state: "PROPOSED",
            held: false,
            live: true,
            up: !Self::is_discovered(n / EACH) && n % EACH == 1,
            corrected_by: None,
        };
        Self {
            limit,
            fallback,
            deadline_passed: false,
            times: Default::default(),
            dossiers: vec!["DRAFT"; DOSSIERS],
            nominations: (0..DOSSIERS * EACH).map(nomination).collect(),
            sessions: Vec::new(),
            decisions: Vec::new(),
            forwardings: Vec::new(),
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

    fn number(&self, states: &[&str]) -> usize {
        let counts = |one: &&Nomination| states.contains(&one.state);
        self.nominations.iter().filter(counts).count()
    }

    /// Places of the quota: given for good, and taken until the decision.
    pub fn places(&self) -> (usize, usize) {
        (self.number(&USED), self.number(&RESERVED))
    }

    /// Whether the quota does not hold these beside all others.
    pub fn exceeded_by(&self, asked: &[usize]) -> bool {
        let (used, reserved) = self.places();
        let counted = |n: &&usize| USED.contains(&self.state(**n)) || RESERVED.contains(&self.state(**n));
        let more = asked.len() - asked.iter().filter(counted).count();
        !asked.is_empty() && used + reserved + more > self.limit
    }

    /// Settled, and nothing is waited for any more.
    pub fn settle(&mut self, n: usize, state: &'static str) {
        self.nominations[n].state = state;
        // What was refused above may still go to the Director: a hold stays.
        self.nominations[n].held &= state == "DECLINED_ABOVE";
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
            Act::Submit(d) => {
                let mut after = self.dossier(d, &EDITABLE, "SUBMITTED")?;
                self.in_time(d)?;
                after.times[d].handed_in = true;
                after.times[d].came_late = self.counts_late(d);
                Ok(after)
            }
            Act::Recall(d) => self.dossier(d, &["SUBMITTED"], "DRAFT"),
            Act::Receive(d) => self.dossier(d, &["SUBMITTED"], "RECEIVED"),
            Act::Return(d) => {
                let mut after = self.dossier(d, &["SUBMITTED", "RECEIVED", "APPRAISING"], "RETURNED")?;
                self.movable(d)?;
                after.times[d].returned_late = Some(self.deadline_passed);
                Ok(after)
            }
            Act::Withdraw(d) => {
                let from = ["DRAFT", "SUBMITTED", "RECEIVED", "APPRAISING", "RETURNED"];
                let mut after = self.dossier(d, &from, "WITHDRAWN")?;
                self.movable(d)?;
                unless(
                    Self::lines(d).any(|line| self.signed_for(line)),
                    "decision.item_taken",
                )?;
                Self::lines(d).for_each(|line| after.nominations[line].live = false);
                Ok(after)
            }
            Act::Consolidate(d) => {
                let mut after = self.dossier(d, &["RECEIVED", "APPRAISING"], "CONSOLIDATED")?;
                let open = Self::lines(d).any(|line| self.state(line) == "PROPOSED");
                unless(open, "submission.not_appraised")?;
                after.close_settled();
                Ok(after)
            }
            Act::Appraise(n, conclusion) => self.appraise(n, conclusion),
            Act::Hold(n) => {
                let one = &self.nominations[n];
                let over = SETTLED.contains(&one.state) && one.state != "DECLINED_ABOVE";
                unless(!one.live || over, NOT_NOW)?;
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
            Act::Edit(n) => {
                unless(!EDITABLE.contains(&self.dossiers[n / EACH]), "submission.locked")?;
                // What was dropped meanwhile is not appraised again.
                unless(!APPRAISABLE.contains(&self.state(n)), "submission.locked")?;
                let mut after = self.clone();
                after.nominations[n].state = "PROPOSED";
                Ok(after)
            }
            Act::AddPaper(d) => {
                unless(!EDITABLE.contains(&self.dossiers[d]), "submission.locked")?;
                Ok(self.clone())
            }
            Act::AdmitLate(d) => {
                unless(!EDITABLE.contains(&self.dossiers[d]), "submission.locked")?;
                let mut after = self.clone();
                after.times[d].admitted = true;
                Ok(after)
            }
            Act::PassDeadline => Ok(Self {
                deadline_passed: true,
                ..self.clone()
            }),
            _ => self
                .after_session(act)
                .or_else(|| self.after_forwarding(act))
                .unwrap_or_else(|| self.after_decision(act)),
        }
    }

    /// What the office entered and takes back has come in when it first came.
    fn counts_late(&self, dossier: usize) -> bool {
        let times = &self.times[dossier];
        let taken_back = times.handed_in && self.dossiers[dossier] == "DRAFT";
        if taken_back && Self::is_discovered(dossier) {
            times.came_late
        } else {
            self.deadline_passed
        }
    }

    /// Whether a dossier may be handed in now; an answer to a return has a time of its own, which is over when
    /// the deadline passes after it.
    fn in_time(&self, dossier: usize) -> Result<(), Refusal> {
        let times = &self.times[dossier];
        let (late, code) = match times.returned_late {
            Some(late) if times.handed_in => (!late, "submission.supplement_closed"),
            _ => (true, "submission.window_closed"),
        };
        unless(self.counts_late(dossier) && !times.admitted && late, code)
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
        let listed = self.dossiers[dossier] == "CONSOLIDATED"
            && ["ELIGIBLE", "INELIGIBLE"].contains(&self.state(n))
            && conclusion != Conclusion::NeedsSupplement;
        unless(!(before_office || corrected || listed), NOT_NOW)?;
        unless(!APPRAISABLE.contains(&self.state(n)), NOT_NOW)?;
        let mut after = self.clone();
        if !listed {
            after.dossiers[dossier] = "APPRAISING";
        }
        after.nominations[n].state = match conclusion {
            Conclusion::Eligible => "ELIGIBLE",
            Conclusion::Ineligible => "INELIGIBLE",
            Conclusion::NeedsSupplement => "PROPOSED",
        };
        after.close_settled_of(&[n]);
        Ok(after)
    }
}
