//! `[[cluster.user]]` and `[[cluster.database]]`: from their tables to what SQL finds in a cluster.

use std::collections::BTreeSet;

use toml::Spanned;

use super::build::{Problem, problem};
use super::file::{ClusterTable, DatabaseTable, UserTable};
use crate::sim::clusters::Cluster;
use crate::sim::postgres::is_extension;
use crate::sim::postgres::roles::{Contents, Database, SERVICE_ROLE, User, is_built_in};

/// The users and databases of a cluster. A password is kept only as what proves it.
pub(super) fn of(table: &ClusterTable, seed: u64, cluster: &Cluster) -> Result<Contents, Problem> {
    let mut contents = Contents::default();
    let names: BTreeSet<&String> = table.user.iter().map(|user| user.name.as_ref()).collect();
    for table in &table.user {
        let name = checked(&table.name)?;
        if is_built_in(&name) {
            return Err(problem(
                table.name.span(),
                format!("the role {name} exists in every cluster"),
            ));
        }
        let user = user(table, seed, cluster, &names)?;
        if contents.users.insert(name.clone(), user).is_some() {
            return Err(problem(
                table.name.span(),
                format!("there is a user {name} already"),
            ));
        }
    }
    for table in &table.database {
        let name = checked(&table.name)?;
        let database = database(table)?;
        if ["template0", "template1", SERVICE_ROLE].contains(&name.as_str()) {
            return Err(problem(
                table.name.span(),
                format!("the database {name} exists in every cluster"),
            ));
        }
        if contents.databases.insert(name.clone(), database).is_some() {
            return Err(problem(
                table.name.span(),
                format!("there is a database {name} already"),
            ));
        }
    }
    if let Some(wanted) = &table.databases {
        fill(&mut contents, wanted, cluster)?;
    }
    Ok(contents)
}

/// The most databases that a file may ask for by their number alone.
const DATABASES_MOST: usize = 1_000;

/// Adds as many databases as are missing to the number that is wanted.
fn fill(
    contents: &mut Contents,
    wanted: &Spanned<usize>,
    cluster: &Cluster,
) -> Result<(), Problem> {
    let named = contents.databases_with(cluster.database_name.as_deref());
    let most = *wanted.as_ref();
    if most < named.len() || most > DATABASES_MOST {
        let known: Vec<&str> = named.keys().map(String::as_str).collect();
        return Err(problem(
            wanted.span(),
            format!(
                "databases is at least {}, for {}, and at most {DATABASES_MOST}",
                known.len(),
                known.join(", ")
            ),
        ));
    }
    let made_up = (1..)
        .map(|number| format!("database_{number}"))
        .filter(|name| !named.contains_key(name));
    for name in made_up.take(most - named.len()) {
        contents.databases.insert(name, Database::default());
    }
    Ok(())
}

/// PostgreSQL cuts longer names off; here they are refused.
fn checked(name: &Spanned<String>) -> Result<String, Problem> {
    let text = name.as_ref();
    if text.is_empty() || text.len() > 63 || text.contains('\0') {
        return Err(problem(name.span(), "a name has 1 to 63 bytes"));
    }
    Ok(text.clone())
}

fn user(
    table: &UserTable,
    seed: u64,
    cluster: &Cluster,
    names: &BTreeSet<&String>,
) -> Result<User, Problem> {
    let mut user = User::default();
    if let Some(password) = &table.password {
        let text = password.as_ref();
        // Others would have to be normalised first (RFC 4013).
        if text.is_empty() || !text.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
            return Err(problem(
                password.span(),
                "a password here is made of printable ASCII characters",
            ));
        }
        user.verifier = Some(cluster.verifier(seed, table.name.as_ref(), text));
    }
    for role in &table.roles {
        let name = role.as_ref();
        let known = is_built_in(name) || names.contains(name) || *name == cluster.master_username;
        if !known {
            return Err(problem(role.span(), format!("there is no role {name}")));
        }
        user.roles.insert(name.clone());
    }
    Ok(user)
}

fn database(table: &DatabaseTable) -> Result<Database, Problem> {
    let mut database = Database::default();
    for extension in &table.extensions {
        let name = extension.as_ref();
        if !is_extension(name) {
            return Err(problem(
                extension.span(),
                format!(
                    "unknown extension {name}; there are {}",
                    crate::sim::postgres::extensions()
                ),
            ));
        }
        database.extensions.insert(name.clone());
    }
    Ok(database)
}
