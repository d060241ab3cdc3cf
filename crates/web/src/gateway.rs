//! A browser's WebSocket, and what passes between it and the browser's link.

use crate::frame::{Frame, Said, parse};
use crate::limits::{SILENCE_MAX, UNREAD_MAX};
use crate::link::{Link, RulesBroken};
use crate::web::Home;
use axum::extract::ws::{CloseFrame, Message, WebSocket, close_code};
use futures_util::SinkExt;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until, timeout};

/// Why a WebSocket ends.
enum End {
    /// The browser has gone, or does not read.
    Gone,
    RulesBroken,
    Silent,
    /// The server ends.
    Stopping,
}

impl From<RulesBroken> for End {
    fn from(_: RulesBroken) -> End {
        End::RulesBroken
    }
}

/// Serves one browser until either of the two goes.
pub(crate) async fn serve(mut browser: WebSocket, home: Home, mut stop: watch::Receiver<bool>) {
    let mut link = match Link::call(home).await {
        Ok(link) => link,
        Err(error) => {
            tracing::warn!(%error, "a browser's link cannot be begun");
            return close(browser, close_code::AGAIN, "no more links").await;
        }
    };
    let end = pass(&mut browser, &mut link, &mut stop).await;
    link.close();
    match end {
        End::Gone => {}
        End::RulesBroken => close(browser, close_code::POLICY, "not as docs/protocol/web.md").await,
        End::Silent => close(browser, close_code::NORMAL, "nothing was said").await,
        End::Stopping => close(browser, close_code::AWAY, "the server ends").await,
    }
}

async fn pass(browser: &mut WebSocket, link: &mut Link, stop: &mut watch::Receiver<bool>) -> End {
    let mut heard_at = Instant::now();
    let mut tell = Vec::new();
    loop {
        if let Err(end) = turn(browser, link, &mut tell).await {
            return end;
        }
        tokio::select! {
            message = browser.recv() => {
                heard_at = Instant::now();
                match take(message, link) {
                    Ok(answer) => tell.extend(answer),
                    Err(end) => return end,
                }
            }
            () = link.readable() => link.take_datagrams(),
            () = sleep_until(link.deadline().min(heard_at + SILENCE_MAX)) => {}
            _ = stop.changed() => return End::Stopping,
        }
        if heard_at.elapsed() >= SILENCE_MAX {
            return End::Silent;
        }
    }
}

/// What is due on the link, and what the browser is to be told of it.
async fn turn(browser: &mut WebSocket, link: &mut Link, tell: &mut Vec<Frame>) -> Result<(), End> {
    link.turn(tell)?;
    link.transmit();
    if tell.is_empty() {
        return Ok(());
    }
    let told = async {
        for frame in tell.drain(..) {
            browser.feed(Message::Binary(frame.print().into())).await?;
        }
        browser.flush().await
    };
    match timeout(UNREAD_MAX, told).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(_)) | Err(_) => Err(End::Gone),
    }
}

/// Takes a message of the browser; an answer, if it needs one at once.
fn take(
    message: Option<Result<Message, axum::Error>>,
    link: &mut Link,
) -> Result<Option<Frame>, End> {
    let bytes = match message {
        Some(Ok(Message::Binary(bytes))) => bytes,
        Some(Ok(Message::Ping(_) | Message::Pong(_))) => return Ok(None),
        Some(Ok(Message::Text(_))) => return Err(End::RulesBroken),
        Some(Ok(Message::Close(_)) | Err(_)) | None => return Err(End::Gone),
    };
    match parse(&bytes).ok_or(End::RulesBroken)? {
        Said::Item { tag, precedence, item } => Ok(link.say(tag, precedence, item)?),
        Said::Custody(handle) => {
            link.custody(handle);
            Ok(None)
        }
        Said::Ping => Ok(Some(Frame::Pong)),
    }
}

async fn close(mut browser: WebSocket, code: u16, why: &'static str) {
    let frame = CloseFrame { code, reason: why.into() };
    let _ = timeout(UNREAD_MAX, browser.send(Message::Close(Some(frame)))).await;
}
