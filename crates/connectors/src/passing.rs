use std::error::Error;
use std::io::ErrorKind;

/// An error that may pass by itself: the system is away, too slow, or wants to be left in peace for a while. What failed with
/// it may be tried again. Whether a change was made that was answered with it is not known.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct Passing {
    message: String,
    #[source]
    source: Option<Box<dyn Error + Send + Sync>>,
}

impl Passing {
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), source: None }
    }

    /// With what is behind it.
    #[must_use]
    pub fn caused_by(self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self { source: Some(source.into()), ..self }
    }
}

/// Whether an error, or one behind it, may pass: it is [`Passing`], or of a connection that failed or took too long.
pub fn may_pass(error: &(dyn Error + 'static)) -> bool {
    std::iter::successors(Some(error), |error| (**error).source()).any(|error| {
        error.is::<Passing>()
            || error.downcast_ref::<std::io::Error>().is_some_and(|error| {
                // What an error of this type was made of is not behind it: its source is what is behind that.
                is_of_a_connection(error.kind()) || error.get_ref().is_some_and(|inner| may_pass(inner))
            })
    })
}

fn is_of_a_connection(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::TimedOut
            | ErrorKind::ConnectionRefused
            | ErrorKind::ConnectionReset
            | ErrorKind::ConnectionAborted
            | ErrorKind::NotConnected
            | ErrorKind::BrokenPipe
            | ErrorKind::Interrupted
            | ErrorKind::WouldBlock
            | ErrorKind::HostUnreachable
            | ErrorKind::NetworkUnreachable
            | ErrorKind::NetworkDown
            | ErrorKind::ResourceBusy
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ConnectorError;

    #[test]
    fn what_may_pass_is_seen_through_what_is_around_it() {
        let behind = |source: Box<dyn Error + Send + Sync>| {
            let around = ConnectorError::System { system: "nms".to_owned(), doing: "reading", source };
            may_pass(&around)
        };
        let io = |kind| -> Box<dyn Error + Send + Sync> { Box::new(std::io::Error::from(kind)) };
        let other = |inner: Box<dyn Error + Send + Sync>| -> Box<dyn Error + Send + Sync> {
            Box::new(std::io::Error::other(inner))
        };
        let errors: [(Box<dyn Error + Send + Sync>, bool); 11] = [
            (Box::new(Passing::new("429 Too Many Requests")), true),
            (Box::new(Passing::new("away").caused_by("no route")), true),
            (io(ErrorKind::TimedOut), true),
            (io(ErrorKind::ConnectionRefused), true),
            (io(ErrorKind::NotFound), false),
            (io(ErrorKind::PermissionDenied), false),
            (Box::from("400 Bad Request"), false),
            (other(Box::new(Passing::new("429 Too Many Requests"))), true),
            (other(io(ErrorKind::TimedOut)), true),
            (other(other(io(ErrorKind::ConnectionReset))), true),
            (other(io(ErrorKind::NotFound)), false),
        ];
        for (error, passes) in errors {
            let said = error.to_string();
            assert_eq!(behind(error), passes, "{said}");
        }
    }
}
