//! Lists that are walked along an index: whatever is asked for, exactly what the rule names comes, in the
//! order of the list and page by page. There is more of everything than one portion of the walk.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use thidua::domain::ids::{
    CampaignId, DecisionId, DecisionItemId, ForwardingId, IndividualId, NominationId, SubmissionId,
};
use thidua::domain::text;
use thidua::domain::time::Instant;
use thidua::store::connection::Conn;
use thidua::store::schema;
use thidua::store::sql_types::AnyId;
use thidua::store::{forwardings, search};
use uuid::Uuid;

use crate::support::on_both;
use crate::support::when;
use crate::support::world::{World, org};

on_both!(
    finds_exactly_what_the_words_begin,
    shows_the_board_what_was_sent_to_it,
    honors_of_one_crowded_day_come_page_by_page,
);

/// Beginnings of each other among them, and common ones.
const NAMES: [&str; 3] = ["Nguyễn Nguyên Trần Ngô", "Văn Thị Vân Thi", "An Anh Bình Ân"];
const OBJECTS: usize = 1_400;

/// The n-th name; the first ones are rare.
fn name(number: usize) -> String {
    if number < 3 {
        return format!("Quàng Văn Ún{number}");
    }
    // The first of each list is much more common than the others.
    let pick = |list: &str, number: usize| {
        let words: Vec<&str> = list.split(' ').collect();
        let index = if number.is_multiple_of(3) {
            number / 3 % words.len()
        } else {
            0
        };
        words[index].to_owned()
    };
    let [family, middle, given] = NAMES;
    format!(
        "{} {} {}",
        pick(family, number),
        pick(middle, number / 5),
        pick(given, number / 7)
    )
}

const QUERIES: [&str; 16] = [
    "nguyen",
    "ngu",
    "n",
    "nguyen van",
    "van nguyen",
    "nguyen van an",
    "nguyen van an anh",
    "an ng v",
    "ngo thi binh",
    "quang un1",
    "un van quang",
    "nguyen nguyen",
    "nguyen nguyena",
    "khong ai",
    "%",
    "thi van",
];

fn now() -> Instant {
    when("2026-03-20T02:00:00Z").parse().unwrap()
}

/// The rows stand alone: references are another test's matter.
fn without_references(conn: &mut Conn) {
    let sql = match conn {
        Conn::Sqlite(_) => "PRAGMA foreign_keys = OFF",
        Conn::Postgres(_) => "SET session_replication_role = replica",
    };
    conn.batch_execute(sql).unwrap();
}

macro_rules! insert {
    ($conn:expr, $table:ident, $($column:ident: $value:expr),+ $(,)?) => {
        diesel::insert_into(schema::$table::table)
            .values(($(schema::$table::$column.eq($value)),+))
            .execute($conn)
            .unwrap()
    };
}

/// A list page by page, as one.
async fn whole(world: &World, who: &str, path: &str) -> Vec<(String, String)> {
    let persona = world.persona(who);
    let sign = if path.contains('?') { '&' } else { '?' };
    let mut found = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = persona
            .get(&format!("{path}{sign}limit=47{cursor}"))
            .await
            .expect(200);
        for item in page.json["items"].as_array().unwrap() {
            let text = |member: &str| item[member].as_str().unwrap_or_default().to_owned();
            let name = [text("display_name"), text("full_name"), text("name")].concat();
            found.push((text("id"), name));
        }
        match page.json["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return found,
        }
    }
}

fn submission(conn: &mut Conn) -> SubmissionId {
    let id = SubmissionId::generate();
    insert!(conn, submissions,
        id: id, campaign_id: AnyId(Uuid::from_u128(1)), owner_organization_id: org::DEPARTMENT,
        division_id: org::DIVISIONS[0], procedure: "STANDARD", state: "DRAFT", round: 1,
        received_channel: "ONLINE", on_behalf: false, late: false, drafted_by: AnyId(Uuid::from_u128(1)),
        version: 1_i64, created_at: now(), updated_at: now());
    id
}

fn nomination(conn: &mut Conn, submission: SubmissionId, name: &str, state: &str) -> NominationId {
    let id = NominationId::generate();
    insert!(conn, nominations,
        id: id, submission_id: submission, campaign_id: CampaignId(Uuid::from_u128(1)),
        owner_organization_id: org::DEPARTMENT, division_id: org::DIVISIONS[0], unit_id: org::DIVISIONS[0], subject_kind: "INDIVIDUAL",
        subject_id: AnyId(id.0), individual_id: IndividualId(id.0), display_name: name,
        proposed_form: "GIAY_KHEN_SO", form: "GIAY_KHEN_SO", route: "SELF", achievement_summary: "x",
        criteria: "[]", state: state, live: true, drafted_by: AnyId(Uuid::from_u128(1)), version: 1_i64,
        created_at: now(), updated_at: now());
    search::index(conn, "nomination", id, &[name]).unwrap();
    id
}

fn person(conn: &mut Conn, name: &str) {
    let id = IndividualId::generate();
    insert!(conn, individuals,
        id: id, owner_organization_id: org::DEPARTMENT, unit_id: org::DIVISIONS[0], full_name: name,
        sort_name: text::given_name_sort_key(name), staff_kind: "CONG_CHUC", leadership_class: "DIRECT_WORKER",
        active: true, version: 1_i64, created_at: now(), updated_at: now());
    search::index(conn, "individual", id, &[name]).unwrap();
}

async fn finds_exactly_what_the_words_begin(world: World) {
    world
        .database(|conn| {
            without_references(conn);
            let dossier = submission(conn);
            for number in 0..OBJECTS {
                nomination(conn, dossier, &name(number), "ELIGIBLE");
                person(conn, &name(number));
            }
        })
        .await;
    for noun in ["nominations", "individuals"] {
        let all = whole(&world, "auditor", &format!("/v1/{noun}")).await;
        assert!(all.len() >= OBJECTS);
        for query in QUERIES {
            let wanted: Vec<_> = all
                .iter()
                .filter(|(_, name)| text::matches_search(name, query) && query != "%")
                .cloned()
                .collect();
            let asked = query.replace('%', "%25").replace(' ', "+");
            // People of other divisions are in the world already; who sees one division is asked below.
            for who in ["auditor", "chief"] {
                let found = whole(&world, who, &format!("/v1/{noun}?q={asked}")).await;
                assert_eq!(found.len(), wanted.len(), "{noun} {query} {who}");
                assert_eq!(found, wanted, "{noun} {query} {who}");
            }
            if noun == "nominations" {
                let own = whole(&world, "head1", &format!("/v1/nominations?q={asked}")).await;
                assert_eq!(own, wanted, "{query}");
                let none = whole(&world, "head2", &format!("/v1/nominations?q={asked}")).await;
                assert_eq!(none, [], "{query}");
            }
            let counted = world
                .persona("auditor")
                .ask("GET", &format!("/v1/{noun}?q={asked}&limit=1"))
                .header("prefer", "count=exact")
                .send()
                .await
                .expect(200);
            assert_eq!(counted.json["total"], wanted.len(), "{noun} {query}");
        }
    }
}

async fn shows_the_board_what_was_sent_to_it(world: World) {
    let sent: Vec<(String, String, String)> = world
        .database(|conn| {
            without_references(conn);
            let mut sent = Vec::new();
            for number in 0..240 {
                let dossier = submission(conn);
                let forwarding = ForwardingId::generate();
                let draft = number % 5 == 4;
                let receiver = if number % 7 == 6 { org::PROVINCE } else { org::BOARD };
                insert!(conn, forwardings,
                    id: forwarding, owner_organization_id: org::DEPARTMENT, receiver_organization_id: receiver,
                    campaign_id: CampaignId(Uuid::from_u128(1)), form: "X",
                    state: if draft { "DRAFT" } else { "SENT" }, sent_at: now(), letter: "{}",
                    version: 1_i64, created_at: now(), updated_at: now());
                for index in 0..2 {
                    let state = ["FORWARDED", "AWARDED", "DECLINED_ABOVE"][(number + index) % 3];
                    let id = nomination(conn, dossier, &name(number), state);
                    insert!(conn, forwarding_items,
                        id: AnyId(Uuid::now_v7()), forwarding_id: forwarding, nomination_id: id,
                        ordinal: i32::try_from(index).unwrap() + 1, live: false);
                    if !draft && receiver == org::BOARD {
                        sent.push((id.to_string(), dossier.to_string(), state.to_owned()));
                    }
                }
                if !draft {
                    forwardings::address(conn, forwarding).unwrap();
                    forwardings::address(conn, forwarding).unwrap();
                }
            }
            sent.reverse();
            sent
        })
        .await;
    let ids = |found: Vec<(String, String)>| found.into_iter().map(|(id, _)| id).collect::<Vec<_>>();
    let found = ids(whole(&world, "board", "/v1/nominations").await);
    assert_eq!(found, sent.iter().map(|one| one.0.clone()).collect::<Vec<_>>());
    for state in ["FORWARDED", "AWARDED", "PROPOSED"] {
        let found = ids(whole(&world, "board", &format!("/v1/nominations?state={state}")).await);
        let wanted = sent.iter().filter(|one| one.2 == state).map(|one| one.0.clone());
        assert_eq!(found, wanted.collect::<Vec<_>>(), "{state}");
    }
    let mut dossiers: Vec<String> = sent.iter().map(|one| one.1.clone()).collect();
    dossiers.dedup();
    assert_eq!(ids(whole(&world, "board", "/v1/submissions").await), dossiers);
    // Of the words of a search, too, nothing else is seen.
    let named = ids(whole(&world, "board", "/v1/nominations?q=nguyen+van").await);
    assert!(!named.is_empty() && named.iter().all(|id| sent.iter().any(|one| one.0 == *id)));
}

async fn honors_of_one_crowded_day_come_page_by_page(world: World) {
    let day = |day: u32| NaiveDate::from_ymd_opt(2025, 12, day).unwrap();
    let expected: Vec<String> = world
        .database(move |conn| {
            without_references(conn);
            let campaign = CampaignId::generate();
            insert!(conn, campaigns,
                id: campaign, owner_organization_id: org::DEPARTMENT, name: "x", kind: "THEMATIC",
                scope: "AGENCY", state: "PUBLISHED", rule_set_id: AnyId(Uuid::from_u128(1)), terms_number: 1,
                deadline_at: now(), published_at: now(), launch_number: "1", version: 1_i64,
                created_at: now(), updated_at: now());
            let mut days: BTreeMap<std::cmp::Reverse<NaiveDate>, Vec<String>> = BTreeMap::new();
            for number in 0..150 {
                let on = day([20, 20, 19, 20, 18][number % 5]);
                let decision = decision(conn, campaign, on);
                let item = DecisionItemId::generate();
                let name = format!("{} {number}", name(number));
                insert!(conn, decision_items,
                    id: item, decision_id: decision.id, ordinal: 1, subject_kind: "INDIVIDUAL",
                    subject_name: name.as_str(), form: "GIAY_KHEN_SO", print_text: name.as_str(), state: "VALID",
                    live: true);
                thidua::store::decisions::honor(conn, &decision, item, &[name.as_str()]).unwrap();
                days.entry(std::cmp::Reverse(on)).or_default().push(name);
            }
            days.into_values().flatten().collect()
        })
        .await;
    let names = |found: Vec<(String, String)>| found.into_iter().map(|(_, name)| name).collect::<Vec<_>>();
    assert_eq!(names(whole(&world, "auditor", "/v1/honors").await), expected);
    assert_eq!(
        names(whole(&world, "auditor", "/v1/honors?year=2025").await),
        expected
    );
    let own = format!("/v1/honors?organization_id={}", org::DEPARTMENT);
    assert_eq!(names(whole(&world, "auditor", &own).await), expected);
    assert!(whole(&world, "auditor", "/v1/honors?year=2026").await.is_empty());
    assert!(
        whole(&world, "auditor", "/v1/honors?year=2147483647")
            .await
            .is_empty()
    );
    let found = whole(&world, "auditor", "/v1/honors?q=nguyen+van").await;
    assert!(found.len() > 47);
    assert!(
        found
            .iter()
            .all(|(_, name)| text::matches_search(name, "nguyen van"))
    );
}

fn decision(conn: &mut Conn, campaign: CampaignId, day: NaiveDate) -> thidua::store::decisions::Decision {
    let id = DecisionId::generate();
    insert!(conn, decisions,
        id: id, owner_organization_id: org::DEPARTMENT, campaign_id: campaign, issuer_name: "x", kind: "AWARD",
        state: "PUBLISHED", title: "x", external: false, grounds: "[]", signature: "{}", signed_at: now(),
        register: "QĐ", register_year: 2025, number_raw: id.to_string(), issued_on: day, issued_at: now(),
        published_at: now(), version: 1_i64, created_at: now(), updated_at: now());
    thidua::store::decisions::get(conn, id).unwrap()
}
