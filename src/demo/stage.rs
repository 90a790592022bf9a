//! One step of the walk: who, what, method and path, status, and the business result in words.

use std::io::{IsTerminal as _, Write as _};

use serde_json::Value;

use super::words;

/// Somebody of the walk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Actor {
    /// Subject of the token, or client id of a machine.
    pub subject: &'static str,
    /// Who it is, in Vietnamese.
    pub title: &'static str,
    /// A machine client instead of a person.
    pub machine: bool,
}

/// The walk came to a step that did not end as the plan says.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Failure(pub String);

/// What the walk needs of the one who composed the server: time and tokens.
pub struct Machine<'m> {
    /// Sets the business time of the demo's server.
    pub set_time: &'m dyn Fn(&str) -> Result<(), String>,
    /// A token for an actor.
    pub token: &'m dyn Fn(Actor) -> Result<String, String>,
}

/// The walk's HTTP client and its printed lines.
pub struct Stage<'m> {
    machine: Machine<'m>,
    client: reqwest::Client,
    base: String,
    now: String,
    steps: u32,
    keys: u32,
    colour: bool,
}

/// An answer of the service.
struct Answer {
    status: u16,
    tag: Option<String>,
    body: Value,
}

/// A request of the walk with the status that it must end with.
#[derive(Debug, Clone)]
pub struct Ask {
    who: Option<Actor>,
    method: &'static str,
    path: String,
    body: Option<Value>,
    /// Resource whose current tag goes into `If-Match`.
    tag_of: Option<String>,
    status: u16,
    /// Why it is refused, in the words of the case.
    because: Option<String>,
}

impl Ask {
    fn new(who: Option<Actor>, method: &'static str, path: &str, body: Option<Value>, status: u16) -> Self {
        Self {
            who,
            method,
            path: path.to_owned(),
            body,
            tag_of: None,
            status,
            because: None,
        }
    }

    /// GET.
    pub fn get(who: Actor, path: &str) -> Self {
        Self::new(Some(who), "GET", path, None, 200)
    }

    /// GET without a token.
    pub fn public(path: &str) -> Self {
        Self::new(None, "GET", path, None, 200)
    }

    /// POST that makes or performs something without precondition.
    pub fn post(who: Actor, path: &str, body: Value) -> Self {
        let status = if path.ends_with("/import") || path.ends_with("/from-roll") {
            200
        } else {
            201
        };
        Self::new(Some(who), "POST", path, Some(body), status)
    }

    /// POST of an act on a resource, with its current tag.
    pub fn act(who: Actor, resource: &str, verb: &str, body: Value) -> Self {
        let ask = Self::new(Some(who), "POST", &format!("{resource}/{verb}"), Some(body), 200);
        Self {
            tag_of: Some(resource.to_owned()),
            ..ask
        }
    }

    /// PUT below a resource.
    pub fn put(who: Actor, path: &str, body: Value) -> Self {
        Self::new(Some(who), "PUT", path, Some(body), 200)
    }

    /// PATCH with the resource's current tag.
    pub fn patch(who: Actor, resource: &str, body: Value) -> Self {
        Self {
            tag_of: Some(resource.to_owned()),
            ..Self::new(Some(who), "PATCH", resource, Some(body), 200)
        }
    }

    /// With the current tag of this resource.
    #[must_use]
    pub fn tagged(self, resource: &str) -> Self {
        Self {
            tag_of: Some(resource.to_owned()),
            ..self
        }
    }

    /// Must be refused with this status.
    #[must_use]
    pub const fn ends(mut self, status: u16) -> Self {
        self.status = status;
        self
    }

    /// Says what is wrong in this case, where the refusal's own sentence is general.
    #[must_use]
    pub fn because(self, words: &str) -> Self {
        Self {
            because: Some(words.to_owned()),
            ..self
        }
    }
}

impl<'m> Stage<'m> {
    /// A stage before a running service.
    ///
    /// # Errors
    /// If no HTTP client can be made.
    pub fn new(base: &str, machine: Machine<'m>) -> Result<Self, Failure> {
        let client = reqwest::Client::builder()
            .build()
            .map_err(|error| Failure(error.to_string()))?;
        Ok(Self {
            machine,
            client,
            base: base.to_owned(),
            now: String::new(),
            steps: 0,
            keys: 0,
            colour: std::io::stdout().is_terminal(),
        })
    }

    /// How many steps were played.
    pub const fn steps(&self) -> u32 {
        self.steps
    }

    /// Moves business time; local time of the plan, for example `2026-05-24T23:59:00`.
    ///
    /// # Errors
    /// If the clock refuses.
    pub fn at(&mut self, local: &str) -> Result<(), Failure> {
        (self.machine.set_time)(&format!("{local}+07:00")).map_err(Failure)?;
        let (day, time) = local.split_once('T').unwrap_or((local, ""));
        self.now = format!("{:>10} {}", words::date(day), time.get(..5).unwrap_or(time));
        Ok(())
    }

    /// A heading between the acts of the walk.
    pub fn chapter(&self, title: &str) {
        self.print(&format!("\n{}\n", self.paint("1", title)));
    }

    /// One step: asks, holds the status against the expected one, prints its line.
    ///
    /// # Errors
    /// When the service answers otherwise than the plan says.
    pub async fn step(&mut self, ask: Ask, says: impl FnOnce(&Value) -> String) -> Result<Value, Failure> {
        self.steps += 1;
        let tag = match &ask.tag_of {
            Some(path) => self.send(ask.who, "GET", path, None, None).await?.tag,
            None => None,
        };
        let answer = self
            .send(ask.who, ask.method, &ask.path, ask.body.as_ref(), tag)
            .await?;
        let who = ask.who.map_or("Công chúng", |actor| actor.title);
        // A success is a success, whether it made something (201) or changed it (200); a refusal is exact.
        let as_planned = if ask.status < 300 {
            (200..300).contains(&answer.status)
        } else {
            answer.status == ask.status
        };
        if !as_planned {
            let body = serde_json::to_string_pretty(&answer.body).unwrap_or_default();
            return Err(Failure(format!(
                "step {}: {who} {} {} answered {} instead of {}\n{body}",
                self.steps, ask.method, ask.path, answer.status, ask.status
            )));
        }
        let refused = answer.status >= 400;
        let said = if refused {
            refusal(&answer.body, ask.because.as_deref())
        } else {
            says(&answer.body)
        };
        self.line(who, (ask.method, &ask.path, answer.status), &said);
        Ok(answer.body)
    }

    /// One line: number, business time, who, the result in words, and what was asked.
    fn line(&self, who: &str, (method, path, status): (&str, &str, u16), said: &str) {
        let mark = if status >= 400 {
            self.paint("33", "✗")
        } else {
            self.paint("32", "✓")
        };
        let mut lines = said.lines();
        let first = lines.next().unwrap_or_default();
        let asked = format!("({method} {} → {status})", shortened(path));
        let mut text = format!(
            "{:>3} {} {mark} {}: {first} {}\n",
            self.steps,
            self.paint("2", &self.now),
            self.paint("36", who),
            self.paint("2", &asked),
        );
        for more in lines {
            text.push_str("      ");
            text.push_str(more);
            text.push('\n');
        }
        self.print(&text);
    }

    /// Reads something without a line of its own.
    ///
    /// # Errors
    /// If the service does not answer.
    pub async fn silent(&mut self, who: Actor, path: &str) -> Result<Value, Failure> {
        Ok(self.send(Some(who), "GET", path, None, None).await?.body)
    }

    async fn send(
        &mut self,
        who: Option<Actor>,
        method: &str,
        path: &str,
        body: Option<&Value>,
        tag: Option<String>,
    ) -> Result<Answer, Failure> {
        let failure = |error: reqwest::Error| Failure(format!("{method} {path}: {error}"));
        let verb =
            reqwest::Method::from_bytes(method.as_bytes()).map_err(|error| Failure(error.to_string()))?;
        let mut request = self
            .client
            .request(verb, format!("{}{path}", self.base))
            .header("accept-language", "vi");
        if let Some(actor) = who {
            request = request.bearer_auth((self.machine.token)(actor).map_err(Failure)?);
        }
        if let Some(tag) = tag {
            request = request.header("if-match", tag);
        }
        if method != "GET" {
            self.keys += 1;
            request = request.header("idempotency-key", format!("demo-{}", self.keys));
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        let response = request.send().await.map_err(failure)?;
        let status = response.status().as_u16();
        let tag = response
            .headers()
            .get("etag")
            .and_then(|value| value.to_str().ok())
            .map(str::to_owned);
        let text = response.text().await.map_err(failure)?;
        Ok(Answer {
            status,
            tag,
            body: serde_json::from_str(&text).unwrap_or(Value::Null),
        })
    }

    /// One step: uploads the bytes of a file.
    ///
    /// # Errors
    /// When the service does not take them.
    pub async fn upload(
        &mut self,
        who: Actor,
        path: &str,
        media_type: &str,
        bytes: Vec<u8>,
    ) -> Result<(), Failure> {
        self.steps += 1;
        let token = (self.machine.token)(who).map_err(Failure)?;
        let said = format!("tải lên nội dung tệp, {} byte", bytes.len());
        let tag = self
            .send(Some(who), "GET", path.trim_end_matches("/content"), None, None)
            .await?
            .tag;
        let mut request = self.client.put(format!("{}{path}", self.base)).bearer_auth(token);
        if let Some(tag) = tag {
            request = request.header("if-match", tag);
        }
        let response = request
            .header("content-type", media_type)
            .body(bytes)
            .send()
            .await
            .map_err(|error| Failure(error.to_string()))?;
        if response.status().is_success() {
            self.line(who.title, ("PUT", path, response.status().as_u16()), &said);
            return Ok(());
        }
        let (status, text) = (response.status(), response.text().await.unwrap_or_default());
        Err(Failure(format!("PUT {path} answered {status}\n{text}")))
    }

    fn paint(&self, code: &str, text: &str) -> String {
        if self.colour {
            format!("\u{1b}[{code}m{text}\u{1b}[0m")
        } else {
            text.to_owned()
        }
    }

    /// Prints as it goes, so that progress is visible.
    pub fn print(&self, text: &str) {
        let mut out = std::io::stdout().lock();
        let _closed_pipe = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    }
}

/// Ids in paths shortened to their last digits: a line stays a line.
fn shortened(path: &str) -> String {
    path.split_inclusive(['/', '?', '&', '='])
        .map(|segment| {
            let id = segment.trim_end_matches(['/', '?', '&', '=']);
            match id.len() {
                36 => segment.replace(id, &format!("…{}", id.get(30..).unwrap_or_default())),
                _ => segment.to_owned(),
            }
        })
        .collect()
}

/// What is refused and why, with the code in brackets; what the document says twice is said once.
fn refusal(problem: &Value, because: Option<&str>) -> String {
    let text = |name: &str| problem.get(name).and_then(Value::as_str).unwrap_or_default();
    let detail = text("detail");
    let mut sentences: Vec<&str> = because.into_iter().collect();
    if !detail.is_empty() {
        sentences.push(detail);
    }
    for error in problem
        .get("errors")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
    {
        let sentence = error.get("detail").and_then(Value::as_str).unwrap_or_default();
        if !sentence.is_empty() && !sentences.contains(&sentence) {
            sentences.push(sentence);
        }
    }
    format!("bị từ chối – {} [{}]", sentences.join("; "), text("code"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_says_each_sentence_once() {
        let problem = serde_json::json!({
            "code": "nomination.on_hold", "detail": "Đề nghị đang tạm dừng",
            "errors": [{"detail": "Đề nghị đang tạm dừng"}],
        });
        assert_eq!(
            refusal(&problem, None),
            "bị từ chối – Đề nghị đang tạm dừng [nomination.on_hold]"
        );
    }

    #[test]
    fn ids_are_shortened_wherever_they_stand() {
        let path = "/v1/a?b=01a219be-d89b-706b-ba39-bdc7ee58d132&c=d";
        assert_eq!(shortened(path), "/v1/a?b=…58d132&c=d");
    }
}
