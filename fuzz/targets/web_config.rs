//! Any text as a web configuration, and as the settings of an HTTP client or of amtool: it is
//! taken, or refused with a place.

use firebell::config::{amtool, http_client, web};

pub fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let refused = [
        web::parse("web.yml", text).err(),
        http_client::parse("client.yml", text).err(),
        amtool::parse("config.yml", text).err(),
    ];
    for errors in refused {
        for error in errors.into_iter().flat_map(|errors| errors.0) {
            assert!(!error.message.is_empty() && error.line > 0 && error.column > 0, "{error}");
        }
    }
}
