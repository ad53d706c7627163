use trueup::prelude::*;

/// What the locations of one sort are called, and below which sort they lie.
#[derive(Debug, Clone, PartialEq, Model)]
#[model(content_type = "dcim.locationtype", crate = "::trueup::engine")]
pub struct LocationType {
    #[id]
    pub name: String,
    #[attr(path = "parent__name")]
    pub parent: Option<String>,
    pub nestable: bool,
}

/// A region, a site or a location in one; where it lies is part of its name.
#[derive(Debug, Clone, PartialEq, Model)]
#[model(content_type = "dcim.location", crate = "::trueup::engine")]
pub struct Location {
    #[id]
    pub name: String,
    #[id(path = "parent__name")]
    pub parent: Option<String>,
    #[attr(path = "location_type__name")]
    pub location_type: String,
    #[attr(path = "status__name")]
    pub status: String,
}

pub const PARENT_REGIONS: usize = 3;
pub const REGIONS: usize = 30;
pub const SITES: usize = 2_000;
pub const LOCATIONS: usize = 5_000;

/// What a loader asks that fetches the parent of each record by itself.
pub const NAIVE_QUERIES: usize = PARENT_REGIONS + REGIONS + SITES + LOCATIONS;

pub fn types() -> Vec<LocationType> {
    [("Region", None, true), ("Site", Some("Region"), false), ("Room", Some("Site"), false)]
        .map(|(name, parent, nestable)| LocationType {
            name: name.to_owned(),
            parent: parent.map(str::to_owned),
            nestable,
        })
        .to_vec()
}

/// Parents first.
pub fn locations() -> impl Iterator<Item = Location> {
    let parents = (0..PARENT_REGIONS).map(|number| location(parent_region(number), None, "Region"));
    let regions =
        (0..REGIONS).map(|number| location(region(number), Some(parent_region(number % PARENT_REGIONS)), "Region"));
    let sites = (0..SITES).map(|number| location(site(number), Some(region(number % REGIONS)), "Site"));
    let rooms = (0..LOCATIONS).map(|number| location(format!("Room {number}"), Some(site(number % SITES)), "Room"));
    parents.chain(regions).chain(sites).chain(rooms)
}

fn location(name: String, parent: Option<String>, location_type: &str) -> Location {
    Location { name, parent, location_type: location_type.to_owned(), status: "Active".to_owned() }
}

fn parent_region(number: usize) -> String {
    format!("Parent region {number}")
}

fn region(number: usize) -> String {
    format!("Region {number}")
}

fn site(number: usize) -> String {
    format!("Site {number}")
}
