use trueup_jobs::store::{ByPhase, Costs, Durations, Memory, SyncId};

use super::{Output, hint};

/// The phases as people read them.
const NAMES: ByPhase<&str> = ByPhase {
    source_load: "load source",
    target_load: "load target",
    diff: "diff",
    plan: "plan",
    apply: "apply",
    verify: "verify",
};

/// A phase as people read it, by its name in rows.
pub(super) fn phase(name: &str) -> &str {
    let names = NAMES.named();
    names.into_iter().find(|(known, _)| *known == name).map_or(name, |(_, told)| told)
}

/// What a sync has cost.
pub fn print_costs(output: Output, sync: SyncId, durations: &Durations, costs: Option<&Costs>) {
    output.say(format!("  seconds    {}", line(durations, |seconds| Some(format!("{seconds:.3}")))));
    let Some(costs) = costs else { return };
    output.say(format!("  CPU        {}", line(&costs.cpu, |seconds| Some(format!("{seconds:.3}")))));
    let (source, target) = (bytes(costs.source_bytes), bytes(costs.target_bytes));
    output.say(format!("  loaded     {source} of the source, {target} of the target"));
    output.say(format!("  written    {} rows, the history's included", costs.rows_written));
    print_measured(output, sync, costs);
}

/// What was measured because somebody asked for it.
pub fn print_measured(output: Output, sync: SyncId, costs: &Costs) {
    if let Some(memory) = &costs.memory {
        let text = |Memory { at_end, peak }: Memory| format!("{} (peak {})", bytes(at_end), bytes(peak));
        output.say(format!("  memory     {}", line(memory, |memory| memory.map(text))));
    }
    if costs.shared && costs.memory.is_some() {
        output.say("             another run was at work in this program meanwhile; its memory is in it");
    }
    if costs.flame_graph {
        output.say(format!("  CPU graph  {}", hint(format!("show {sync} --flame-graph FILE.svg"))));
    }
}

/// The figures that there are, in the order of the phases.
fn line<T: Copy>(figures: &ByPhase<T>, text: impl Fn(T) -> Option<String>) -> String {
    let named = NAMES.named().into_iter().zip(figures.named());
    let texts = named.filter_map(|((_, name), (_, figure))| Some(format!("{name} {}", text(figure)?)));
    texts.collect::<Vec<_>>().join(", ")
}

/// As people read it.
fn bytes(bytes: u64) -> String {
    const MIB: f64 = (1 << 20) as f64;
    match bytes as f64 / MIB {
        mib if mib >= 0.1 => format!("{mib:.1} MiB"),
        _ => format!("{bytes} bytes"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_that_are_not_there_are_left_out() {
        let figures = ByPhase { diff: Some(3), apply: Some(4), ..ByPhase::default() };
        assert_eq!(line(&figures, |figure| figure.map(|figure| figure.to_string())), "diff 3, apply 4");
        let texts = [0, 104_857, 104_858, 5 << 20].map(bytes);
        assert_eq!(texts, ["0 bytes", "104857 bytes", "0.1 MiB", "5.0 MiB"]);
    }
}
