//! The hooks that every job has, written once: declared in the three traits, and handed on where one of them stands for
//! another.

/// The hooks of a job, inside a trait.
macro_rules! declare {
    () => {
        /// Its name, and what is said about it.
        fn meta(&self) -> $crate::JobMeta;

        /// What code it is. Left out, that of the whole program: a run that was asked for is then done by the same build of
        /// the program and no other.
        fn version(&self) -> $crate::job::JobVersion {
            $crate::job::JobVersion::of_program()
        }

        /// What a run of it may be told, in the order in which it is asked.
        fn variables(&self) -> Vec<$crate::variable::Variable> {
            Vec::new()
        }

        /// What is compared, in the order of the diff: for models, `kinds![Vlan, Device]`.
        ///
        /// # Errors
        /// A kind contradicts itself.
        fn kinds(&self) -> Result<Vec<::trueup_engine::Kind>, $crate::JobError> {
            Ok(Vec::new())
        }

        /// The kinds together, with what the inventory says about the fields of those that have a content type.
        ///
        /// # Errors
        /// The kinds do not fit the inventory's content types or each other.
        fn schema(&self, registry: &::trueup_inventory::Registry) -> Result<::trueup_engine::Schema, $crate::JobError> {
            $crate::schema_of_kinds(&self.meta().name, &self.kinds()?, registry)
        }

        /// How the diff, the plan and the checks of a run are made.
        fn settings(&self, context: &$crate::JobContext) -> $crate::RunSettings {
            let _ = context;
            $crate::RunSettings::default()
        }

        /// Compares both sides. What it finds is what is planned.
        fn calculate_diff<'s>(
            &self,
            source: &'s ::trueup_engine::Snapshot,
            target: &'s ::trueup_engine::Snapshot,
            options: &::trueup_engine::DiffOptions,
        ) -> ::trueup_engine::Diff<'s> {
            ::trueup_engine::diff(source, target, options, &mut |_| {})
        }

        /// Called at the end of every run of the job that came to its report: dry runs included, and also when a stored
        /// plan of it is applied or resumed by a program that has the job. An error makes the sync a failed one; what was
        /// applied stays applied. After a program was killed it may be called again for the same sync.
        fn post_run<'a>(
            &'a self,
            context: &'a $crate::JobContext,
            report: &'a $crate::run::SyncReport,
        ) -> ::trueup_connectors::BoxFuture<'a, Result<(), ::trueup_connectors::models::BoxError>> {
            let _ = (context, report);
            Box::pin(::std::future::ready(Ok(())))
        }

        /// Where a person can look at a record: an address in the other system, say. Shown beside the steps of a plan.
        fn lookup_object(&self, record: &::trueup_engine::Identity) -> Option<String> {
            let _ = record;
            None
        }

        /// What becomes what, for people who look the job up.
        fn data_mappings(&self) -> Vec<$crate::DataMapping> {
            Vec::new()
        }

        /// The configuration that people who look the job up may see, as names and values. Never put a secret there.
        fn config_information(&self) -> Vec<(String, String)> {
            Vec::new()
        }
    };
}

/// The hooks of [`Job`](super::Job) inside an impl, handed on to what is in the first field.
macro_rules! hand_on {
    ($to:ident) => {
        fn version(&self) -> $crate::job::JobVersion {
            $to::version(&self.0)
        }

        fn variables(&self) -> Vec<$crate::variable::Variable> {
            $to::variables(&self.0)
        }

        fn kinds(&self) -> Result<Vec<::trueup_engine::Kind>, $crate::JobError> {
            $to::kinds(&self.0)
        }

        fn schema(&self, registry: &::trueup_inventory::Registry) -> Result<::trueup_engine::Schema, $crate::JobError> {
            $to::schema(&self.0, registry)
        }

        fn settings(&self, context: &$crate::JobContext) -> $crate::RunSettings {
            $to::settings(&self.0, context)
        }

        fn calculate_diff<'s>(
            &self,
            source: &'s ::trueup_engine::Snapshot,
            target: &'s ::trueup_engine::Snapshot,
            options: &::trueup_engine::DiffOptions,
        ) -> ::trueup_engine::Diff<'s> {
            $to::calculate_diff(&self.0, source, target, options)
        }

        fn post_run<'a>(
            &'a self,
            context: &'a $crate::JobContext,
            report: &'a $crate::run::SyncReport,
        ) -> ::trueup_connectors::BoxFuture<'a, Result<(), ::trueup_connectors::models::BoxError>> {
            $to::post_run(&self.0, context, report)
        }

        fn lookup_object(&self, record: &::trueup_engine::Identity) -> Option<String> {
            $to::lookup_object(&self.0, record)
        }

        fn data_mappings(&self) -> Vec<$crate::DataMapping> {
            $to::data_mappings(&self.0)
        }

        fn config_information(&self) -> Vec<(String, String)> {
            $to::config_information(&self.0)
        }

        fn load_source_adapter(
            &self,
            context: &$crate::JobContext,
        ) -> Result<Box<dyn ::trueup_connectors::Source>, $crate::JobError> {
            $to::load_source_adapter(&self.0, context)
        }

        fn load_target_adapter(
            &self,
            context: &$crate::JobContext,
        ) -> Result<Box<dyn ::trueup_connectors::Target>, $crate::JobError> {
            $to::load_target_adapter(&self.0, context)
        }
    };
}

pub(super) use {declare, hand_on};
