//! The council's way: sessions, agenda, votes and consensus, minutes, confirmation.

use super::model::{
    Act, EACH, Line, MEMBERS, Model, NOT_FOUND, NOT_NOW, OWN_CASE, Outcome, Refusal, Session, unless,
};

impl Model {
    fn session(&self, s: usize, from: &[&str]) -> Result<&Session, Refusal> {
        let session = &self.sessions[s];
        unless(!from.contains(&session.state), NOT_NOW).map(|()| session)
    }

    fn on_agenda(&self, s: usize, nomination: usize) -> Result<&Line, Refusal> {
        let found = self.sessions[s]
            .agenda
            .iter()
            .find(|line| line.nomination == nomination);
        found.ok_or_else(|| vec![NOT_FOUND])
    }

    fn with_session(&self, s: usize, change: impl FnOnce(&mut Session)) -> Outcome {
        let mut after = self.clone();
        change(&mut after.sessions[s]);
        Ok(after)
    }

    fn with_line(&self, s: usize, nomination: usize, change: impl FnOnce(&mut Line)) -> Outcome {
        self.with_session(s, |session| {
            change(
                session
                    .agenda
                    .iter_mut()
                    .find(|line| line.nomination == nomination)
                    .unwrap(),
            );
        })
    }

    pub fn after_session(&self, act: Act) -> Option<Outcome> {
        let to = |s, from: &[&str], state| {
            self.session(s, from)?;
            self.with_session(s, |session| session.state = state)
        };
        Some(match act {
            Act::PlanSession { consensus } => {
                let mut after = self.clone();
                let (minutes, signed) = (false, false);
                after.sessions.push(Session {
                    state: "PLANNED",
                    consensus,
                    agenda: Vec::new(),
                    minutes,
                    signed,
                    over: false,
                });
                Ok(after)
            }
            Act::PutOnAgenda(s, n) => self.put_on_agenda(s, n),
            Act::TakeOffAgenda(s, n) => self.take_off_agenda(s, n),
            Act::OpenSession(s) => {
                let empty = self.sessions[s].agenda.is_empty();
                to(s, &["PLANNED"], "OPEN")
                    .and_then(|after| unless(empty, "session.agenda_empty").map(|()| after))
            }
            Act::Vote {
                session,
                nomination,
                member,
                agree,
            } => (|| {
                self.on_agenda(session, nomination)?;
                let consensus = self.session(session, &["OPEN"])?.consensus;
                unless(consensus, "session.consensus")?;
                unless((nomination, member) == OWN_CASE, "duty.conflict")?;
                self.with_line(session, nomination, |line| line.votes[member] = Some(agree))
            })(),
            Act::Consent {
                session,
                nomination,
                agree,
            } => (|| {
                let consensus = self.session(session, &["OPEN"])?.consensus;
                unless(!consensus, "session.method_unsupported")?;
                self.on_agenda(session, nomination)
                    .map_err(|_| vec!["body.invalid"])?;
                self.with_line(session, nomination, |line| line.consensus = Some(agree))
            })(),
            Act::CloseSession(s) => {
                let undecided = self.sessions[s]
                    .agenda
                    .iter()
                    .any(|line| Self::passed(line).is_none());
                let empty = self.sessions[s].agenda.is_empty();
                to(s, &["OPEN"], "CLOSED").and_then(|after| {
                    unless(undecided, "session.item_undecided")?;
                    unless(empty, "session.agenda_empty").map(|()| after)
                })
            }
            Act::WriteMinutes(s) => (|| {
                unless(self.session(s, &["CLOSED"])?.signed, NOT_NOW)?;
                self.with_session(s, |session| session.minutes = true)
            })(),
            Act::SignMinutes(s) => (|| {
                let session = self.session(s, &["CLOSED"])?;
                unless(session.signed, NOT_NOW)?;
                unless(!session.minutes, "session.minutes_missing")?;
                self.with_session(s, |session| session.signed = true)
            })(),
            Act::Confirm(s) => self.confirm(s, false),
            Act::ConfirmOver(s) => self.confirm(s, true),
            Act::Reopen(s) => to(s, &["CLOSED"], "OPEN").map(|mut after| {
                (after.sessions[s].minutes, after.sessions[s].signed) = (false, false);
                after
            }),
            Act::CancelSession(s) => to(s, &["PLANNED", "OPEN"], "CANCELLED").map(|mut after| {
                for line in std::mem::take(&mut after.sessions[s].agenda) {
                    after.nominations[line.nomination].state = "ELIGIBLE";
                }
                after
            }),
            _ => return None,
        })
    }

    fn put_on_agenda(&self, s: usize, n: usize) -> Outcome {
        self.session(s, &["PLANNED", "OPEN"])?;
        unless(self.state(n) == "IN_COUNCIL", "session.item_taken")?;
        unless(self.nominations[n].held, "nomination.on_hold")?;
        unless(
            self.dossiers[n / EACH] != "CONSOLIDATED" || self.state(n) != "ELIGIBLE",
            NOT_NOW,
        )?;
        let mut after = self.clone();
        after.nominations[n].state = "IN_COUNCIL";
        let votes = [None; MEMBERS];
        after.sessions[s].agenda.push(Line {
            nomination: n,
            votes,
            consensus: None,
        });
        Ok(after)
    }

    fn take_off_agenda(&self, s: usize, n: usize) -> Outcome {
        let line = self.on_agenda(s, n)?;
        self.session(s, &["PLANNED", "OPEN"])?;
        // Who is on hold would hold the others up.
        let stays = Self::passed(line).is_some() && !self.nominations[n].held;
        unless(stays, "session.item_voted")?;
        let mut after = self.clone();
        after.sessions[s].agenda.retain(|line| line.nomination != n);
        after.nominations[n].state = "ELIGIBLE";
        Ok(after)
    }

    /// More than half of all members; none while nobody has said anything.
    fn passed(line: &Line) -> Option<bool> {
        let cast: Vec<bool> = line.votes.iter().flatten().copied().collect();
        let agreed = cast.iter().filter(|agree| **agree).count();
        line.consensus
            .or((!cast.is_empty()).then_some(agreed * 2 > MEMBERS))
    }

    fn confirm(&self, s: usize, over: bool) -> Outcome {
        let session = self.session(s, &["CLOSED"])?;
        unless(!session.signed, "session.not_signed")?;
        let on_agenda: Vec<usize> = session.agenda.iter().map(|line| line.nomination).collect();
        unless(
            on_agenda.iter().any(|n| self.nominations[*n].held),
            "nomination.on_hold",
        )?;
        let passed = |line: &&Line| Self::passed(line) == Some(true);
        let asked: Vec<usize> = session
            .agenda
            .iter()
            .filter(passed)
            .map(|line| line.nomination)
            .collect();
        unless(!over && self.exceeded_by(&asked), "quota.exceeded")?;
        let mut after = self.clone();
        after.sessions[s].state = "CONFIRMED";
        after.sessions[s].over = self.exceeded_by(&asked);
        for line in &session.agenda {
            let state = match Self::passed(line) {
                Some(true) if self.nominations[line.nomination].up => "RECOMMENDED",
                Some(true) => "AWAITING_DIRECTOR",
                _ => "NOT_RECOMMENDED",
            };
            after.nominations[line.nomination].state = state;
        }
        after.close_settled_of(&on_agenda);
        Ok(after)
    }
}
