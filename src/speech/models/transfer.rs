//! One HTTP request whose answer arrives as messages.
//!
//! The request runs in a thread of its own, because a blocked connection cannot be interrupted: the side that receives can
//! stop at any moment (Ctrl-C) and leave the thread to its time-outs. Nothing is decided here: what a status means is
//! the receiver's business. Only this file and `proxy` name ureq.

use std::env;
use std::fs;
use std::io::{self, Read};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use ureq::Agent;
use ureq::http::HeaderMap;
use ureq::http::header::{ACCEPT_ENCODING, CONTENT_RANGE, RANGE};
use ureq::tls::{PemItem, RootCerts, TlsConfig, parse_pem};

use crate::speech::models::proxy::proxy_for;
use crate::speech::models::pull_terms::Limits;

/// Bytes of one message.
const BLOCK: usize = 128 << 10;
/// Messages on the way; with [`BLOCK`] it bounds the memory.
const QUEUE: usize = 8;

/// What comes back.
#[derive(Debug)]
pub(super) enum Message {
    /// Status and the headers that matter. The first message, unless it is `Failed`.
    Head(Head),
    /// The next bytes of the body.
    Bytes(Vec<u8>),
    /// The body ended as its length promised, or where the server closed if it promised none.
    End,
    /// The connection failed; another attempt may do better.
    Failed(String),
    /// It cannot work, however often it is tried.
    Hopeless(String),
}

/// The head of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Head {
    /// The status.
    pub(super) status: u16,
    /// Length of the body, if it is told.
    pub(super) length: Option<u64>,
    /// `Content-Range`: the first byte that comes, and the length of the whole file if it is told.
    pub(super) range: Option<(u64, Option<u64>)>,
}

/// Asks for `url` from byte `from` on.
pub(super) fn start(url: &str, from: u64, limits: &Limits) -> io::Result<Receiver<Message>> {
    let (sender, receiver) = sync_channel(QUEUE);
    let (url, limits) = (url.to_owned(), *limits);
    thread::Builder::new().name("pull".to_owned()).spawn(move || {
        // A receiver that is gone has had enough; so there is nobody to tell.
        let _ = match request(&url, from, &limits, &sender) {
            Ok(()) => sender.send(Message::End),
            Err(last) => sender.send(last),
        };
    })?;
    Ok(receiver)
}

fn request(url: &str, from: u64, limits: &Limits, to: &SyncSender<Message>) -> Result<(), Message> {
    let variable = |name: &str| env::var(name).ok();
    let proxy = proxy_for(url, &variable).map_err(|bad| {
        Message::Hopeless(format!(
            "the variable `{}` does not hold the address of a proxy",
            bad.variable
        ))
    })?;
    let agent: Agent = Agent::config_builder()
        .http_status_as_error(false)
        .user_agent(concat!("autograde/", env!("CARGO_PKG_VERSION")))
        .proxy(proxy)
        .tls_config(TlsConfig::builder().root_certs(roots()?).build())
        .timeout_resolve(Some(limits.connect))
        .timeout_connect(Some(limits.connect))
        .timeout_recv_response(Some(limits.silence))
        .timeout_per_read(Some(limits.silence))
        .build()
        .into();
    // The hash is of the file as published, so nothing on the way may compress it.
    let mut request = agent.get(url).header(ACCEPT_ENCODING, "identity");
    if from > 0 {
        request = request.header(RANGE, format!("bytes={from}-"));
    }
    let response = request.call().map_err(|error| failure(&error))?;
    let head = Head {
        status: response.status().as_u16(),
        length: response.body().content_length(),
        range: content_range(response.headers()),
    };
    let mut body = response.into_body().into_reader();
    if to.send(Message::Head(head)).is_err() {
        return Ok(());
    }
    loop {
        let mut block = vec![0; BLOCK];
        match body.read(&mut block) {
            Ok(0) => return Ok(()),
            Ok(count) => {
                block.truncate(count);
                if to.send(Message::Bytes(block)).is_err() {
                    return Ok(());
                }
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(Message::Failed(error.to_string())),
        }
    }
}

/// The certificates that are trusted: Mozilla's, or those of the file that `SSL_CERT_FILE` names, for firms with their own.
fn roots() -> Result<RootCerts, Message> {
    let Some(path) = env::var_os("SSL_CERT_FILE").filter(|path| !path.is_empty()) else {
        return Ok(RootCerts::WebPki);
    };
    let bad = |why: String| {
        Message::Hopeless(format!("`SSL_CERT_FILE` names `{}`: {why}", path.display()))
    };
    let text = fs::read(&path).map_err(|error| bad(error.to_string()))?;
    let certificates: Vec<_> = parse_pem(&text)
        .filter_map(|item| match item {
            Ok(PemItem::Certificate(certificate)) => Some(certificate),
            _ => None,
        })
        .collect();
    if certificates.is_empty() {
        return Err(bad("there is no certificate in it".to_owned()));
    }
    Ok(RootCerts::new_with_certs(&certificates))
}

/// `bytes 100-199/200` or `bytes 100-199/*`.
fn content_range(headers: &HeaderMap) -> Option<(u64, Option<u64>)> {
    let value = headers.get(CONTENT_RANGE)?.to_str().ok()?;
    let (span, whole) = value.trim().strip_prefix("bytes ")?.split_once('/')?;
    let (first, _) = span.split_once('-')?;
    Some((first.trim().parse().ok()?, whole.trim().parse().ok()))
}

fn failure(error: &ureq::Error) -> Message {
    use ureq::Error;
    match error {
        Error::BadUri(_) | Error::Http(_) => {
            Message::Hopeless(format!("it is no address: {error}"))
        }
        Error::Tls(_) | Error::Rustls(_) | Error::Pem(_) | Error::TlsRequired => {
            Message::Hopeless(format!(
                "{error}; where a firm's own certificates are needed, name their file in SSL_CERT_FILE"
            ))
        }
        Error::InvalidProxyUrl | Error::TooManyRedirects | Error::RedirectFailed => {
            Message::Hopeless(error.to_string())
        }
        Error::HostNotFound => Message::Failed("the host is not found".to_owned()),
        _ => Message::Failed(error.to_string()),
    }
}
