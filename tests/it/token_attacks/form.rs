//! Rows about the request, the compact form and the signature (TOK-01 to TOK-05, TOK-20 to TOK-23).

use jsonwebtoken::Algorithm;
use serde_json::{Value, json};

use super::forge::{Signer, claims, decode, encode, with};
use super::{Answer, Bench, Sent, Table};

pub fn rows(bench: &Bench, table: &mut Table) {
    fields(bench, table);
    sizes(bench, table);
    doubled(bench, table);
    forms(bench, table);
    for signer in [&bench.rsa, &bench.ec, &bench.ed] {
        changed(signer, table);
    }
    elliptic(bench, table);
}

fn fields(bench: &Bench, table: &mut Table) {
    let good = bench.ec.good();
    let fields = |values: &[String]| Sent::Fields(values.to_vec());
    table.sent(&["TOK-01"], "no field", Sent::Fields(Vec::new()), Answer::Missing);
    table.sent(
        &["TOK-03"],
        "a good token without the right",
        Sent::Write(good.clone()),
        Answer::Forbidden,
    );
    for scheme in ["Bearer", "bearer", "BEARER", "bEaReR"] {
        let sent = fields(&[format!("{scheme} {good}")]);
        table.sent(
            &["TOK-04"],
            format!("the scheme {scheme}"),
            sent,
            Answer::Accepted,
        );
    }
    let several = [
        (
            "two fields",
            vec![format!("Bearer {good}"), format!("Bearer {good}")],
        ),
        (
            "two fields, one forged",
            vec![format!("Bearer {good}"), format!("Bearer {}", bench.evil.good())],
        ),
        (
            "Bearer and Basic",
            vec![format!("Bearer {good}"), "Basic dTpw".to_owned()],
        ),
        (
            "Basic and Bearer",
            vec!["Basic dTpw".to_owned(), format!("Bearer {good}")],
        ),
        ("two joined", vec![format!("Bearer {good}, Bearer {good}")]),
        (
            "two joined without a space",
            vec![format!("Bearer {good},Bearer {good}")],
        ),
        (
            "Basic joined with Bearer",
            vec![format!("Basic dTpw, Bearer {good}")],
        ),
        ("a comma behind", vec![format!("Bearer {good},")]),
    ];
    for (what, values) in several {
        table.sent(&["TOK-04"], what, fields(&values), Answer::Ambiguous);
    }
    let others = [
        ("DPoP", format!("DPoP {good}")),
        ("Basic", "Basic dTpw".to_owned()),
        ("no scheme", good.clone()),
        ("no space", format!("Bearer{good}")),
        ("a colon", format!("Bearer: {good}")),
        ("a tab in place of the space", format!("Bearer\t{good}")),
        ("nothing behind the scheme", "Bearer".to_owned()),
        ("an empty field", String::new()),
        ("quotation marks", format!("Bearer \"{good}\"")),
        ("the word null", "Bearer null".to_owned()),
    ];
    for (what, value) in others {
        table.sent(&["TOK-02", "TOK-04"], what, fields(&[value]), Answer::Invalid);
    }
    for name in ["access_token", "token", "bearer", "authorization"] {
        let pair = format!("{name}={good}");
        table.sent(
            &["TOK-04"],
            format!("{name} in the query"),
            Sent::Query(pair.clone()),
            Answer::Missing,
        );
        table.sent(
            &["TOK-04"],
            format!("{name} in the body"),
            Sent::Form(pair),
            Answer::Missing,
        );
    }
}

/// The shell bears fields of 16 KiB (LIM-02), so no longer token comes to the verifier over HTTP; what it would do
/// with one is tested beside it.
fn sizes(bench: &Bench, table: &mut Table) {
    const LONGEST: usize = 16 * 1024 - "authorization".len() - "Bearer ".len();
    let sized = |signer: &Signer, kid: &str, wanted: usize| {
        let made = |inner: usize, outer: usize| {
            let header = with(&signer.header(), json!({"kid": kid, "x": "x".repeat(outer)}));
            signer.token(&header, &with(&claims(), json!({"x": "x".repeat(inner)})))
        };
        // Three bytes are four characters.
        let inner = (wanted - made(0, 0).len()) / 4 * 3 - 3;
        let sizes = (inner..inner + 4).flat_map(|inner| (0..4).map(move |outer| (inner, outer)));
        sizes
            .map(|(inner, outer)| made(inner, outer))
            .find(|token| token.len() == wanted)
            .unwrap()
    };
    let rows = [
        (
            "a field of 16 KiB",
            sized(&bench.ec, "ec", LONGEST),
            Answer::Accepted,
        ),
        (
            "a field of a byte more",
            sized(&bench.ec, "ec", LONGEST + 1),
            Answer::TooLarge,
        ),
        (
            "the same of an unknown key",
            sized(&bench.evil, "new", LONGEST + 1),
            Answer::TooLarge,
        ),
        ("many letters", "e".repeat(LONGEST), Answer::Invalid),
        ("too many letters", "e".repeat(LONGEST + 1), Answer::TooLarge),
        ("many dots", ".".repeat(LONGEST), Answer::Invalid),
        ("64 KiB of letters", "e".repeat(64 * 1024), Answer::TooLarge),
    ];
    for (what, token, answer) in rows {
        table.token(&["TOK-05"], what, token, answer);
    }
}

fn doubled(bench: &Bench, table: &mut Table) {
    let (header, claims) = (bench.ec.header().to_string(), claims().to_string());
    let first = |text: &str, member: &str| text.replacen('{', &format!("{{{member},"), 1);
    let last = |text: &str, member: &str| format!("{},{member}}}", text.strip_suffix('}').unwrap());
    let sign = |header: &str, claims: &str| bench.ec.token_of(header, claims, Algorithm::ES256);
    for member in [
        r#""alg":"ES256""#,
        r#""alg":"none""#,
        r#""kid":"ec""#,
        r#""typ":"JWT""#,
        r#""\u0061lg":"ES256""#,
        r#""x":{"a":1,"a":1}"#,
    ] {
        table.token(
            &["TOK-20"],
            format!("header begins with {member}"),
            sign(&first(&header, member), &claims),
            Answer::Invalid,
        );
        table.token(
            &["TOK-20"],
            format!("header ends with {member}"),
            sign(&last(&header, member), &claims),
            Answer::Invalid,
        );
    }
    for member in [
        r#""exp":1"#,
        r#""iss":"https://evil.example""#,
        r#""aud":"thidua-api""#,
        r#""sub":"admin""#,
        r#""\u0073ub":"admin""#,
        r#""azp":"portal""#,
        r#""role":"user","role":"admin""#,
        r#""x":[{"role":"user","role":"admin"}]"#,
    ] {
        table.token(
            &["TOK-20"],
            format!("payload begins with {member}"),
            sign(&header, &first(&claims, member)),
            Answer::Invalid,
        );
        table.token(
            &["TOK-20"],
            format!("payload ends with {member}"),
            sign(&header, &last(&claims, member)),
            Answer::Invalid,
        );
    }
    table.token(
        &["TOK-20"],
        "one more member",
        sign(&header, &last(&claims, r#""x":1"#)),
        Answer::Accepted,
    );
}

fn forms(bench: &Bench, table: &mut Table) {
    // A claim the encoding of which surely holds characters that only one of the two alphabets has.
    let good = bench.ec.claiming(json!({"x": "???>>>~~~ÿÿÿ"}));
    let [head, body, signature] = good.split('.').collect::<Vec<_>>()[..] else {
        panic!("three segments")
    };
    let standard = body.replace('-', "+").replace('_', "/");
    assert_ne!(standard, body);
    let text = |header: &str, claims: &str| bench.ec.token_of(header, claims, Algorithm::ES256);
    let (header, payload) = (bench.ec.header().to_string(), claims().to_string());
    let signed_standard = format!("{head}.{standard}");
    let signed_standard = format!(
        "{signed_standard}.{}",
        encode(bench.ec.sign(&signed_standard, Algorithm::ES256))
    );
    let rows = [
        ("one segment", head.to_owned()),
        ("two segments", format!("{head}.{body}")),
        ("empty signature", format!("{head}.{body}.")),
        ("empty payload", format!("{head}..{signature}")),
        ("empty header", format!(".{body}.{signature}")),
        ("dots only", "..".to_owned()),
        ("four segments", format!("{good}.{signature}")),
        ("empty fourth segment", format!("{good}.")),
        (
            "five segments, as a JWE has",
            format!("{head}.{body}.{signature}.{body}.{signature}"),
        ),
        ("leading space", format!(" {good}")),
        ("inner space", format!("{head}. {body}.{signature}")),
        ("tab behind the header", format!("{head}\t.{body}.{signature}")),
        ("padding of the signature", format!("{good}==")),
        ("padding of the header", format!("{head}=.{body}.{signature}")),
        ("padding of the payload", format!("{head}.{body}=.{signature}")),
        ("the other alphabet, signed so", signed_standard),
        ("the other alphabet", format!("{head}.{standard}.{signature}")),
        ("dots as percent signs say", good.replace('.', "%2E")),
        ("letters beyond ASCII", format!("{good}ộ")),
        ("segments in another order", format!("{body}.{head}.{signature}")),
        ("header that is no JSON", text("alg=ES256", &payload)),
        ("header that is a list", text("[]", &payload)),
        ("payload that is no JSON", text(&header, "sub=can-bo-7")),
        ("payload that is text", text(&header, "\"{}\"")),
        ("payload that is null", text(&header, "null")),
        (
            "payload of two objects",
            text(&header, &format!("{payload}{payload}")),
        ),
        (
            "payload behind a byte order mark",
            text(&header, &format!("\u{feff}{payload}")),
        ),
        (
            "payload nested deeply",
            text(&header, &format!("{{\"a\":{}", "[".repeat(4000))),
        ),
    ];
    for (what, token) in rows {
        table.token(&["TOK-21"], what, token, Answer::Invalid);
    }
    let parts = json!({"protected": head, "payload": body, "signature": signature});
    for (what, serialised) in [
        ("flattened JSON serialisation", parts.clone()),
        (
            "JSON serialisation",
            json!({"payload": body, "signatures": [parts]}),
        ),
    ] {
        // Its commas separate no credentials.
        table.token(&["TOK-21"], what, serialised.to_string(), Answer::Ambiguous);
    }
    // White space around a field is no part of it (RFC 9110 5.5), so nobody sees it.
    table.token(
        &["TOK-21"],
        "white space around the field",
        format!("{good} \t"),
        Answer::Accepted,
    );
    table.token(
        &["TOK-21"],
        "letters of one alphabet only",
        good.clone(),
        Answer::Accepted,
    );
}

/// One bit of each byte of each segment, so that the encoding itself stays sound.
fn changed(signer: &Signer, table: &mut Table) {
    let good = signer.good();
    let segments: Vec<Vec<u8>> = good.split('.').map(decode).collect();
    for (segment, name) in ["header", "payload", "signature"].into_iter().enumerate() {
        for byte in 0..segments[segment].len() {
            let mut segments = segments.clone();
            segments[segment][byte] ^= 1 << (byte % 8);
            // What is over is over, whoever says so; that costs no signature (TOK-02).
            let ends = serde_json::from_slice::<Value>(&segments[1])
                .ok()
                .and_then(|claims| claims["exp"].as_i64());
            let over = ends.is_some_and(|ends| (1..chrono::Utc::now().timestamp() - 60).contains(&ends));
            let answer = if over { Answer::Expired } else { Answer::Invalid };
            let token = segments.iter().map(encode).collect::<Vec<_>>().join(".");
            table.token(
                &["TOK-22"],
                format!("bit of byte {byte} of the {name} of {}", signer.id),
                token,
                answer,
            );
        }
    }
    // The last character of a signature has bits that stand for nothing.
    let last = good.chars().next_back().unwrap();
    for other in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".chars() {
        if other != last {
            let token = format!("{}{other}", &good[..good.len() - 1]);
            table.token(
                &["TOK-22"],
                format!("{other} at the end of the signature of {}", signer.id),
                token,
                Answer::Invalid,
            );
        }
    }
    for length in [1, 2, 16] {
        let token = good[..good.len() - length].to_owned();
        table.token(
            &["TOK-22"],
            format!("{length} characters less of the signature of {}", signer.id),
            token,
            Answer::Invalid,
        );
    }
}

fn elliptic(bench: &Bench, table: &mut Table) {
    let good = bench.ec.good();
    let (signed, signature) = good.rsplit_once('.').unwrap();
    let raw = decode(signature);
    let (r, s) = raw.split_at(32);
    // Order of P-256: as r or s it stands for zero.
    let order = hex::decode("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551").unwrap();
    let rows = [
        ("r = 0", [&[0; 32], s].concat()),
        ("s = 0", [r, &[0; 32]].concat()),
        ("r = s = 0", vec![0; 64]),
        ("r = n", [&order, s].concat()),
        ("s = n", [r, &order].concat()),
        ("r = s = n", [&order[..], &order].concat()),
        ("r = s = 1", [&[0; 31][..], &[1], &[0; 31], &[1]].concat()),
        ("all ones", vec![0xff; 64]),
        ("s before r", [s, r].concat()),
        ("a byte less", raw[..63].to_vec()),
        ("a byte more", [&raw[..], &[0]].concat()),
        ("a zero before", [&[0][..], &raw].concat()),
        ("r only", r.to_vec()),
        ("twice", [&raw[..], &raw].concat()),
        ("96 bytes, as of P-384", [&[0; 16][..], r, &[0; 16], s].concat()),
        ("one byte", vec![0]),
    ];
    for (what, bytes) in rows {
        table.token(
            &["TOK-23"],
            format!("signature {what}"),
            format!("{signed}.{}", encode(bytes)),
            Answer::Invalid,
        );
    }
    table.token(
        &["TOK-23"],
        "signature in DER",
        bench.ec.signed_in_der(),
        Answer::Invalid,
    );
}
