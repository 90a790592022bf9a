//! The operations that read.

use std::net::SocketAddr;
use std::rc::Rc;

use thidua::domain::text;

use super::walk::{self, FAR, PAGE};
use super::{LeftOut, Operation, Targets, Tokens};
use crate::Outcome;
use crate::data::world::Persona;
use crate::http::{Client, Request};
use crate::sizes::Numbers;

/// Spreads consecutive numbers over a list: a prime that divides no length.
const STRIDE: u64 = 1_000_003;
/// Far pages of which the cursors are collected.
const FAR_PAGES: usize = 40;
/// Officers whose lists are walked.
const OFFICERS: u64 = 10;

/// One of a list, each as often as any other.
pub fn pick<T>(list: &[T], number: u64) -> Option<&T> {
    let count = u64::try_from(list.len()).ok().filter(|count| *count > 0)?;
    list.get(usize::try_from(number.wrapping_mul(STRIDE) % count).ok()?)
}

/// Who may read a dossier: its officer, its head, the office, the auditor, in turn.
const fn reader(number: u64, (of, division): (u64, u64)) -> Persona {
    match number % 4 {
        0 => Persona::Officer(of, division),
        1 => Persona::Head(of, division),
        2 => Persona::Reviewer(of),
        _ => Persona::Auditor,
    }
}

fn get(tokens: &Tokens, persona: Persona, path: String) -> Option<Request> {
    Some(Request::get(path, tokens.get(&persona)?))
}

/// What every request costs: HTTP alone; the public description of the errors without the database; the
/// token, the grants and nothing else.
pub fn baselines(tokens: &Rc<Tokens>, numbers: &Numbers) -> Vec<Operation> {
    let (tokens, numbers) = (Rc::clone(tokens), *numbers);
    vec![
        Operation::reading("baseline: livez", |_| Some(Request::public("/livez".to_owned()))),
        Operation::reading("baseline: meta/events", |_| {
            Some(Request::public("/v1/meta/events".to_owned()))
        }),
        Operation::reading("baseline: me", move |number| {
            let (of, division) = (
                number % numbers.departments,
                number / numbers.departments % numbers.divisions,
            );
            get(&tokens, reader(number, (of, division)), "/v1/me".to_owned())
        }),
    ]
}

/// Single resources.
pub async fn by_id(
    address: SocketAddr,
    tokens: &Rc<Tokens>,
    targets: &Rc<Targets>,
) -> Outcome<Vec<Operation>> {
    let mut operations = Vec::new();
    let (of, with) = (Rc::clone(targets), Rc::clone(tokens));
    operations.push(Operation::reading("nomination by id", move |number| {
        let (id, place) = pick(&of.nominations, number)?;
        get(&with, reader(number, *place), format!("/v1/nominations/{id}"))
    }));
    let tagged = tags(address, tokens, targets).await?;
    let with = Rc::clone(tokens);
    operations.push(Operation {
        status: 304,
        ..Operation::reading("nomination by id, 304", move |number| {
            let (path, persona, tag) = pick(&tagged, number)?;
            Some(get(&with, *persona, path.clone())?.with("if-none-match", tag.clone()))
        })
    });
    let (of, with) = (Rc::clone(targets), Rc::clone(tokens));
    operations.push(Operation::reading("submission by id", move |number| {
        let (id, place) = pick(&of.submissions, number)?;
        get(&with, reader(number, *place), format!("/v1/submissions/{id}"))
    }));
    Ok(operations)
}

type Tagged = Vec<(String, Persona, String)>;

/// States that nothing changes any more, so that a tag lasts over the writes of earlier rounds.
const LASTING: [&str; 4] = ["AWARDED", "NOT_RECOMMENDED", "INELIGIBLE", "NOT_AWARDED"];

/// Nominations that their readers already have.
async fn tags(address: SocketAddr, tokens: &Tokens, targets: &Targets) -> Outcome<Tagged> {
    let mut client = Client::connect(address).await?;
    let mut tagged = Vec::new();
    for number in 0..targets.nominations.len() as u64 {
        if tagged.len() == 500 {
            break;
        }
        let Some((id, place)) = pick(&targets.nominations, number) else {
            continue;
        };
        let (path, persona) = (format!("/v1/nominations/{id}"), reader(number, *place));
        let Some(request) = get(tokens, persona, path.clone()) else {
            continue;
        };
        let answer = client.send(&request).await?;
        let body = std::str::from_utf8(&answer.body)?;
        if !LASTING
            .iter()
            .any(|state| body.contains(&format!("\"state\":\"{state}\"")))
        {
            continue;
        }
        let tag = answer.field("etag").ok_or("a nomination without ETag")?;
        tagged.push((path, persona, tag.to_owned()));
    }
    Ok(tagged)
}

/// Something computed of a campaign.
pub fn of_campaign(
    name: &'static str,
    what: &'static str,
    tokens: &Rc<Tokens>,
    targets: &Rc<Targets>,
) -> Operation {
    let (of, with) = (Rc::clone(targets), Rc::clone(tokens));
    Operation::reading(name, move |number| {
        let (id, department) = pick(&of.campaigns, number)?;
        get(
            &with,
            Persona::Chief(*department),
            format!("/v1/campaigns/{id}/{what}"),
        )
    })
}

/// Lists, search, journal, honours.
pub async fn lists(
    address: SocketAddr,
    tokens: &Rc<Tokens>,
    numbers: &Numbers,
    targets: &Rc<Targets>,
    left_out: &mut Vec<LeftOut>,
) -> Outcome<Vec<Operation>> {
    const ELIGIBLE: &str = "/v1/nominations?state=ELIGIBLE";
    const FORWARDED: &str = "/v1/nominations?state=FORWARDED";
    let mut operations = Vec::new();
    let (with, of) = (Rc::clone(tokens), *numbers);
    operations.push(Operation::reading(
        "list of 50, first page, officer",
        move |number| {
            let officer = Persona::Officer(number % of.departments, number / of.departments % of.divisions);
            get(&with, officer, format!("{ELIGIBLE}&limit={PAGE}"))
        },
    ));
    let mut cursors = Vec::new();
    for number in 0..OFFICERS.min(numbers.departments * numbers.divisions) {
        let officer = Persona::Officer(number % numbers.departments, number / numbers.departments);
        let found = walk::far(address, ELIGIBLE, tokens.get(&officer), FAR, 1).await?;
        cursors.extend(
            found
                .into_iter()
                .map(|(cursor, page)| (Some(officer), cursor, page)),
        );
    }
    operations.extend(far_page(
        left_out,
        "list of 50, last page, officer",
        ELIGIBLE,
        tokens,
        cursors,
    ));
    for (first, far, persona, path) in [
        (
            "list of 50, first page, auditor",
            "list of 50, page 1000, auditor",
            Persona::Auditor,
            ELIGIBLE,
        ),
        (
            "list of 50, first page, Board",
            "list of 50, last page, Board",
            Persona::Board,
            FORWARDED,
        ),
    ] {
        let with = Rc::clone(tokens);
        operations.push(Operation::reading(first, move |_| {
            get(&with, persona, format!("{path}&limit={PAGE}"))
        }));
        let found = walk::far(address, path, tokens.get(&persona), FAR, FAR_PAGES).await?;
        let cursors = found
            .into_iter()
            .map(|(cursor, page)| (Some(persona), cursor, page));
        operations.extend(far_page(left_out, far, path, tokens, cursors.collect()));
    }
    let (of, with) = (Rc::clone(targets), Rc::clone(tokens));
    operations.push(Operation::reading(
        "search by name without accents",
        move |number| {
            let (name, place) = pick(&of.names, number)?;
            let words = text::fold_search(name).replace(' ', "+");
            get(
                &with,
                Persona::Reviewer(place.0),
                format!("/v1/nominations?q={words}&limit={PAGE}"),
            )
        },
    ));
    operations.push(of_campaign("quota headroom", "quota", tokens, targets));
    operations.push(of_campaign("campaign statistics", "statistics", tokens, targets));
    let journal = walk::far(
        address,
        "/v1/audit-entries",
        tokens.get(&Persona::Auditor),
        2,
        FAR_PAGES,
    )
    .await?;
    let journal = journal
        .into_iter()
        .map(|(cursor, page)| (Some(Persona::Auditor), cursor, page));
    operations.extend(far_page(
        left_out,
        "journal from a cursor",
        "/v1/audit-entries",
        tokens,
        journal.collect(),
    ));
    operations.push(Operation::reading("honours, first page", |_| {
        Some(Request::public(format!("/v1/honors?limit={PAGE}")))
    }));
    let honors = walk::far(address, "/v1/honors", None, 2, FAR_PAGES).await?;
    let honors = honors.into_iter().map(|(cursor, page)| (None, cursor, page));
    operations.extend(far_page(
        left_out,
        "honours from a cursor",
        "/v1/honors",
        tokens,
        honors.collect(),
    ));
    Ok(operations)
}

/// A page further down a list; left out where the list is too short.
fn far_page(
    left_out: &mut Vec<LeftOut>,
    name: &'static str,
    path: &'static str,
    tokens: &Rc<Tokens>,
    cursors: Vec<(Option<Persona>, String, u64)>,
) -> Option<Operation> {
    let with = Rc::clone(tokens);
    let Some(page) = cursors.iter().map(|(_, _, page)| *page).max() else {
        let reason = "in this size the list has no second whole page".to_owned();
        left_out.push(LeftOut { name, reason });
        return None;
    };
    let joint = if path.contains('?') { '&' } else { '?' };
    Some(Operation {
        remark: Some(format!("to page {page}")),
        ..Operation::reading(name, move |number| {
            let (persona, cursor, _) = pick(&cursors, number)?;
            let path = format!("{path}{joint}limit={PAGE}&cursor={cursor}");
            match persona {
                Some(persona) => get(&with, *persona, path),
                None => Some(Request::public(path)),
            }
        })
    })
}
