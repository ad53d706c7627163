use comfy_table::{CellAlignment, Table, presets};

/// A plain table: a header, and columns after the first aligned to the right when `numbers` says so.
pub fn table(header: &[&str], rows: impl IntoIterator<Item = Vec<String>>, numbers: bool) -> String {
    let mut table = Table::new();
    table.load_preset(presets::NOTHING).set_header(header.to_vec());
    for row in rows {
        table.add_row(row);
    }
    for (index, column) in table.column_iter_mut().enumerate() {
        column.set_padding((if index == 0 { 2 } else { 0 }, 2));
        if numbers && index > 0 {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table.lines().map(|line| line.trim_end().to_owned()).collect::<Vec<_>>().join("\n")
}
