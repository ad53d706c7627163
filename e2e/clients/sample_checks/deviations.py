"""Where our answers are meant to differ from the samples, each with its reason."""

# sample -> (status that we answer instead, reason)
STATUS = {
    "ssot_history_sort_500": (200, "API.md §6.3.17: a server error is not worth copying"),
    "graphql_ok": (200, "nested `limit` fails in Nautobot's resolver (API.md §1.9); ours answers it"),
}

# sample -> reason why its body is not compared (its status and headers are)
BODY = {
    "ssot_history_sort_500": "the body is that of the server error",
    "graphql_ok": "the body holds the resolver's errors",
    "api_dcim_root": "we have the models of the contract, not all of Nautobot's; test_pynautobot holds what must be there",
    "api_status": "the apps and versions are those of the program that answers",
    "extras__object-changes__list1": "the newest change is another one; extras__object-changes__one holds the form",
    "dcim__interfaces__one": "modules are not held by this inventory, so the slug has no place for one",
    "api_root": "apps of which we have no model are left out; test_pynautobot holds what must be there",
}

# Samples whose `Allow` is not compared, each with its reason.
ALLOW = {
    "dcim__interfaces__list1": "TRACE, by which Nautobot's framework means the part `trace`, is not answered",
    "dcim__interfaces__one": "TRACE, by which Nautobot's framework means the part `trace`, is not answered",
    "OPTIONS__plugins__ssot__history": "only runs write the history",
    "ssot_history_filter_unknown": "only runs write the history",
    "plugins__ssot__history__list1": "only runs write the history",
    "plugins__ssot__history__one": "only runs write the history",
    "plugins__ssot__logs__list1": "only runs write the history",
    "plugins__ssot__logs__one": "only runs write the history",
    "ssot_logs_slow_filter": "only runs write the history",
    "extras__job-results__list1": "only runs write the history",
    "extras__job-results__one": "only runs write the history",
}

# Samples of OPTIONS without `actions` here, each with its reason.
NO_ACTIONS = {"OPTIONS__plugins__ssot__history": "only runs write the history"}

# Fields that OPTIONS calls read-only and the sample does not, or the other way round: field -> reason.
READ_ONLY = {
    "local_config_context_schema": "not held by this inventory",
    "device_redundancy_group": "not held by this inventory",
    "controller_managed_device_group": "not held by this inventory",
    "software_image_files": "not held by this inventory",
    "parent_bay": "not held by this inventory",
    "parent": "a prefix lies where its network lies; locations agree",
    "locations": "a prefix takes its locations, in Nautobot only assignments do",
}

# Columns of tables that ours have not: the beginning of their names -> reason.
COLUMNS = {
    "local_config_context_schema__": "not held by this inventory",
    "device_redundancy_group__": "not held by this inventory",
    "controller_managed_device_group__": "not held by this inventory",
    "parent_bay__": "not held by this inventory",
}

# Refusals that tell the same of the same variables, in words of our own: sample -> reason.
VARIABLES = {"job_run_400": "what a variable takes is said by the job, with its limits; the contract fixes no words for it"}

# Texts whose words are not ours to choose: sample -> reason. Their shape is compared.
WORDS = {
    "graphql_err": "the words are those of the GraphQL library",
    "409_protected_delete_location": "names and ids of the dependents differ; the form is checked",
    "409_protected_delete_manufacturer": "names and ids of the dependents differ; the form is checked",
}

# Free-form JSON: only its kind is compared.
FREE = {
    "network_driver_mappings": "made of a library's tables (netutils); ours is whatever we know of the driver",
    "config_context": "merged from contexts that the samples do not show",
    "custom_fields": "the samples were recorded before any was defined",
    "task_kwargs": "what a run is given depends on its job",
    "celery_kwargs": "there is no Celery",
    "diff": "by kind and record, as many as there are",
}

# Fields that may be null here, and in the samples never are.
NULLABLE = {"cancel_type": "a choice that nobody has made is null, as everywhere else"}

# Fields that the samples do not have.
MORE = {"label": "what people call a variable, for forms; Nautobot has it too where a job says so"}

# Fields that the samples have and our answers have not: (end of the path to them, end of their name) -> reason.
LEFT_OUT = {
    ("object_data_v2", "_count"): "how many others there were is not kept, and how many there are says nothing of then",
}

# API.md §6.1: to-many fields are shown unless `exclude_m2m=true`; the samples are of 3.2, which hides them by default.
# The two that 3.2 shows by default are compared.
SHOWN_BY_DEFAULT = {"tags", "content_types"}
