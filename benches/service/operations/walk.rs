//! Walks through lists to get the cursors of far pages: cursors are signed by the service, nobody else can
//! make them.

use std::net::SocketAddr;
use std::rc::Rc;

use crate::Outcome;
use crate::http::{Client, Request};

/// Rows of a measured page.
pub const PAGE: u64 = 50;
/// The page of which the far-page operations begin.
pub const FAR: u64 = 1_000;
/// The service's largest page.
const LARGEST: u64 = 200;

/// Cursors with the number of the page of [`PAGE`] rows that each leads to.
pub type Cursors = Vec<(String, u64)>;

/// Steps through a list in the largest pages up to page `far`, then collects the cursors of `wanted` pages
/// from there. Where the list ends before, the last cursors that lead to a whole page.
pub async fn far(
    address: SocketAddr,
    path: &str,
    token: Option<&Rc<str>>,
    far: u64,
    wanted: usize,
) -> Outcome<Cursors> {
    let mut client = Client::connect(address).await?;
    let mut cursors: Cursors = Vec::new();
    let (mut rows, mut cursor) = (0, None::<String>);
    loop {
        let near = (far - 1) * PAGE;
        let limit = if rows >= near {
            PAGE
        } else {
            LARGEST.min(near - rows)
        };
        let joint = if path.contains('?') { '&' } else { '?' };
        let mut asked = format!("{path}{joint}limit={limit}");
        if let Some(cursor) = &cursor {
            asked.push_str("&cursor=");
            asked.push_str(cursor);
        }
        let request = match token {
            Some(token) => Request::get(asked, token),
            None => Request::public(asked),
        };
        let answer = client.send(&request).await?;
        if answer.status != 200 {
            return Err(format!("{}: {}", request.path, answer.status).into());
        }
        let page = answer.json()?;
        let items = page["items"].as_array().map_or(0, Vec::len);
        let whole = items as u64 >= PAGE;
        if !whole {
            // The cursor before led to less than a page.
            cursors.pop();
        }
        rows += items as u64;
        let Some(next) = page["next_cursor"].as_str() else {
            // What is left of the last step may be less than a page too.
            return Ok(cursors);
        };
        cursor = Some(next.to_owned());
        if rows < near {
            // Only the way; kept as long as nothing further is known.
            cursors = vec![(next.to_owned(), rows / PAGE + 1)];
            continue;
        }
        if rows == near {
            cursors.clear();
        }
        cursors.push((next.to_owned(), rows / PAGE + 1));
        if cursors.len() >= wanted {
            return Ok(cursors);
        }
    }
}
