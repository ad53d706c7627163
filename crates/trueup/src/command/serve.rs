use std::path::Path;
use std::time::Duration;

use anyhow::Context as _;
use tracing_subscriber::EnvFilter;
use trueup_jobs::job::{JobVersion, Unusable};
use trueup_jobs::run::Runner;
use trueup_server::{App, Settings, auth};

use crate::arguments::{LogFormat, ServeArguments};
use crate::exit::Exit;
use crate::output::Output;

/// Who the change log says did it, when the server does the rest of a sync of an earlier version, which noted nobody. What is
/// asked for over the API has the name of who asked.
const WORKER: &str = "worker";

/// Between two looks at the folder of job files.
const BETWEEN_LOOKS: Duration = Duration::from_secs(2);

/// How long requests that run may take to end once the server is told to stop.
const GRACE: Duration = Duration::from_secs(30);

pub async fn run(app: &crate::app::App, arguments: &ServeArguments, output: &Output) -> anyhow::Result<Exit> {
    log(arguments.log.log_format);
    let inventory = super::inventory(&arguments.database).await?;
    if let Some(key) = &arguments.superuser_api_token {
        auth::make_administrator(&inventory, &arguments.superuser_name, key).await?;
    }
    let runner = Runner::new(inventory.clone(), WORKER).await?.with_jobs(app.jobs().clone());
    let program = program();
    let known = told(&runner);
    known.tell_unusable();
    // Before anybody can ask for one.
    runner.jobs().register(&program, runner.inventory()).await?;
    let registering = tokio::spawn(keep_registered(runner.clone(), program, known));
    let settings = Settings { metrics: arguments.metrics.access(), ..Settings::default() };
    let bound = trueup_server::bind(App::new(runner.clone(), settings), &arguments.listen).await;
    let bound = bound.with_context(|| format!("the server cannot listen at {}", arguments.listen))?;
    output.say(format!("listening on http://{}", bound.address()?));
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let server = tokio::spawn(bound.run(async {
        let _ = stopped.await;
    }));
    if arguments.no_worker {
        signal().await?;
    } else {
        super::worker::until(&runner, signal(), &super::worker::logged()).await?;
    }
    registering.abort();
    let _ = stop.send(());
    match tokio::time::timeout(GRACE, server).await {
        Ok(ended) => ended??,
        Err(_) => tracing::warn!("some requests did not end in {} s and were dropped", GRACE.as_secs()),
    }
    inventory.close().await;
    Ok(Exit::Success)
}

/// The name of this program, under which its jobs are registered. Asked for once: what is put in place of a program that runs
/// is another file.
fn program() -> String {
    let program = std::env::current_exe().ok();
    let name = program.as_deref().and_then(Path::file_stem);
    name.map_or_else(|| "trueup".to_owned(), |name| name.to_string_lossy().into_owned())
}

/// Job files may come and go while the server runs.
async fn keep_registered(runner: Runner, program: String, mut before: Told) {
    let mut refused = false;
    loop {
        tokio::time::sleep(BETWEEN_LOOKS).await;
        let now = told(&runner);
        if now == before && !refused {
            continue;
        }
        if now != before {
            now.tell_unusable();
        }
        match runner.jobs().register(&program, runner.inventory()).await {
            Ok(()) => refused = false,
            // Told once; it is tried again.
            Err(error) if !refused || now != before => {
                refused = true;
                tracing::error!(error = &error as &dyn std::error::Error, "jobs cannot be registered");
            }
            Err(_) => {}
        }
        before = now;
    }
}

/// The jobs with their versions, and the files that are none.
#[derive(PartialEq)]
struct Told {
    jobs: Vec<(String, JobVersion)>,
    unusable: Vec<Unusable>,
}

fn told(runner: &Runner) -> Told {
    let jobs = runner.jobs().all().into_iter().map(|known| (known.name, known.version)).collect();
    Told { jobs, unusable: runner.jobs().unusable() }
}

impl Told {
    fn tell_unusable(&self) {
        for Unusable { path, reason } in &self.unusable {
            tracing::warn!(path = %path.display(), reason, "a file in the folder of jobs is no job");
        }
    }
}

pub(super) fn log(format: LogFormat) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("warn"));
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match format {
        LogFormat::Text => log.init(),
        LogFormat::Json => log.json().init(),
    }
}

/// Waits until the system wants the program to stop.
pub(super) async fn signal() -> anyhow::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        _ = terminate.recv() => {}
        interrupted = tokio::signal::ctrl_c() => interrupted?,
    }
    Ok(())
}
