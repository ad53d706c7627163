use std::fmt::Write as _;

/// Metrics as text: of each its help, its type and its samples, together.
#[derive(Debug, Default)]
pub struct Exposition(String);

/// One metric, whose samples follow.
pub struct Metric<'e> {
    text: &'e mut String,
    name: &'static str,
}

impl Exposition {
    /// A figure that goes up and down.
    pub fn gauge(&mut self, name: &'static str, help: &str) -> Metric<'_> {
        self.metric("gauge", name, help)
    }

    /// A figure that only goes up for as long as the process lives.
    pub fn counter(&mut self, name: &'static str, help: &str) -> Metric<'_> {
        self.metric("counter", name, help)
    }

    /// Counts by size; the samples are named after their parts.
    pub fn histogram(&mut self, name: &'static str, help: &str) -> Metric<'_> {
        self.metric("histogram", name, help)
    }

    fn metric(&mut self, kind: &str, name: &'static str, help: &str) -> Metric<'_> {
        // Writing to a text cannot fail.
        let _written = writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}");
        Metric { text: &mut self.0, name }
    }

    pub fn into_text(self) -> String {
        self.0
    }
}

impl Metric<'_> {
    pub fn sample(&mut self, labels: &[(&str, &str)], value: f64) {
        self.part("", labels, value);
    }

    /// A sample of a histogram: `_bucket`, `_sum` or `_count`.
    pub fn part(&mut self, part: &str, labels: &[(&str, &str)], value: f64) {
        let (text, name) = (&mut *self.text, self.name);
        let _written = write!(text, "{name}{part}");
        for (index, (label, said)) in labels.iter().enumerate() {
            text.push(if index == 0 { '{' } else { ',' });
            let _written = write!(text, "{label}=\"{}\"", escaped(said));
        }
        if !labels.is_empty() {
            text.push('}');
        }
        let _written = writeln!(text, " {value}");
    }
}

/// The value of a label, between its quotes.
fn escaped(said: &str) -> String {
    said.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_format_is_that_of_prometheus() {
        let mut exposition = Exposition::default();
        let mut metric = exposition.gauge("memory_bytes", "Memory.");
        metric.sample(&[("job", "a \"b\"\\\nc"), ("phase", "diff")], 1e15);
        metric.sample(&[], 0.25);
        let mut metric = exposition.histogram("seconds", "Time.");
        metric.part("_bucket", &[("le", "+Inf")], 3.0);
        metric.part("_count", &[], 3.0);
        assert_eq!(
            exposition.into_text(),
            "# HELP memory_bytes Memory.\n\
             # TYPE memory_bytes gauge\n\
             memory_bytes{job=\"a \\\"b\\\"\\\\\\nc\",phase=\"diff\"} 1000000000000000\n\
             memory_bytes 0.25\n\
             # HELP seconds Time.\n\
             # TYPE seconds histogram\n\
             seconds_bucket{le=\"+Inf\"} 3\n\
             seconds_count 3\n"
        );
    }
}
