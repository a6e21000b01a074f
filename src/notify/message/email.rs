//! `email_configs`. (Source: Alertmanager docs, "email_config".)

use std::sync::Arc;

use crate::notify::integration::{Email, Threading};
use crate::notify::{Delivery, Failure};
use crate::template::Expander;

use super::{MailMessage, dedup_key, refused};

/// Renders the mail.
pub(super) fn render(
    email: &Email,
    delivery: &Delivery,
    templates: &Expander<'_>,
) -> Result<MailMessage, Failure> {
    let text = |template: &str| templates.text(template).map_err(refused);
    let from = match addresses(&text(&email.from)?).as_slice() {
        [only] => only.clone(),
        several => {
            let count = several.len();
            return Err(refused(format!("must be exactly one 'from' address (got: {count})")));
        }
    };
    let to = addresses(&text(&email.to)?);
    if to.is_empty() {
        return Err(refused("no 'to' address is left after it is rendered"));
    }
    let mut headers = Vec::with_capacity(email.headers.len() + 2);
    for (name, value) in &email.headers {
        headers.push((name.clone(), text(value)?));
    }
    headers.extend(email.threading.into_iter().flat_map(|kind| thread(kind, delivery)));
    Ok(MailMessage {
        from,
        to,
        headers,
        text: part(&email.text).map(text).transpose()?,
        html: part(&email.html)
            .map(|template| templates.html(template).map_err(refused))
            .transpose()?,
        server: Arc::new(email.clone()),
    })
}

fn part(template: &str) -> Option<&str> {
    (!template.is_empty()).then_some(template)
}

/// The headers that make a thread of a group's mails.
fn thread(threading: Threading, delivery: &Delivery) -> [(String, String); 2] {
    let day = match threading {
        Threading::Group => String::new(),
        Threading::GroupAndDay => crate::time::rfc3339::millis(delivery.at)[..10].to_owned(),
    };
    let id = format!("<alert-{}-{day}@alertmanager>", &dedup_key(delivery)[..16]);
    [("References".to_owned(), id.clone()), ("In-Reply-To".to_owned(), id)]
}

/// The addresses of a list that is separated by commas; commas inside of quotes, comments and
/// angle brackets separate nothing.
fn addresses(list: &str) -> Vec<String> {
    let mut addresses = vec![String::new()];
    let (mut quoted, mut escaped, mut depth) = (false, false, 0_usize);
    for character in list.chars() {
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => quoted = !quoted,
            '<' | '(' if !quoted => depth += 1,
            '>' | ')' if !quoted => depth = depth.saturating_sub(1),
            ',' if !quoted && depth == 0 => {
                addresses.push(String::new());
                continue;
            }
            _ => {}
        }
        if let Some(last) = addresses.last_mut() {
            last.push(character);
        }
    }
    addresses.iter().map(|address| address.trim().to_owned()).filter(|a| !a.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_addresses_are_split_at_commas_that_separate() {
        for (list, expect) in [
            ("a@b.c", vec!["a@b.c"]),
            (" a@b.c , d@e.f,", vec!["a@b.c", "d@e.f"]),
            ("\"Doe, Jane\" <j@d.e>, x@y.z", vec!["\"Doe, Jane\" <j@d.e>", "x@y.z"]),
            ("", vec![]),
        ] {
            assert_eq!(addresses(list), expect);
        }
    }
}
