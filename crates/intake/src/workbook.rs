//! Rows of workbooks: XLSX, XLS and ODS, through `calamine`, behind caps.
//!
//! A workbook cannot be streamed as text can, so its size is capped: the file itself, what it unpacks to (counted
//! by unpacking it, before any library opens it; sizes written in the archive are not believed), and the text its
//! sheet gives (a short string may be referred to from millions of cells). Rows are held as compact text.

mod sheet;

use crate::FileError;
use crate::format::Book;
use crate::rows::{MOST_COLUMNS, Resume, Row, Rows};
use calamine::{Ods, Reader, Xls, Xlsx};
use model::import::RowError;
use sheet::{Sheet, Trouble};
use std::io::{Read, Seek, SeekFrom};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// The largest workbook file.
pub const MOST_FILE: u64 = 64 << 20;
/// The most a workbook may unpack to.
pub const MOST_UNPACKED: u64 = 512 << 20;
const MOST_ENTRIES: usize = 10_000;

/// Rows of the first sheet that has any. The line of a row is its number in the sheet.
#[derive(Debug)]
pub struct WorkbookRows {
    sheet: Sheet,
    next: usize,
    rows: u64,
    columns: usize,
}

impl WorkbookRows {
    /// Opens a workbook. `columns` as in [`crate::RowReader::open`]; 0: not known yet.
    ///
    /// # Errors
    /// [`FileError::WorkbookTooLarge`], [`FileError::UnpacksTooLarge`], [`FileError::BadWorkbook`],
    /// [`FileError::TooManyColumns`], [`FileError::Empty`].
    pub fn open<R: Read + Seek>(
        mut reader: R,
        book: Book,
        has_header: bool,
        columns: usize,
        resume: Option<Resume>,
    ) -> Result<Self, FileError> {
        check_caps(&mut reader, book, MOST_FILE, MOST_UNPACKED)?;
        reader.seek(SeekFrom::Start(0))?;
        // The formats are old and wide; a file that makes the library stumble must not take the process along.
        let sheet = catch_unwind(AssertUnwindSafe(|| read(reader, book)))
            .unwrap_or_else(|_| Err(Trouble::Bad("damaged".to_owned())))
            .map_err(|trouble| match trouble {
                Trouble::Bad(why) => FileError::BadWorkbook(crate::text::cut(&why, 200).to_owned()),
                Trouble::Large => FileError::UnpacksTooLarge { cap_mib: MOST_UNPACKED >> 20 },
                Trouble::Wide(found) => FileError::TooManyColumns { found, most: MOST_COLUMNS },
            })?;
        if sheet.is_empty() {
            return Err(FileError::Empty);
        }
        let done = resume.map_or(0, |resume| resume.rows);
        let next = usize::from(has_header).saturating_add(usize::try_from(done).unwrap_or(usize::MAX));
        Ok(Self { sheet, next, rows: done, columns })
    }
}

impl Rows for WorkbookRows {
    fn next_row(&mut self) -> Result<Option<Result<Row<'_>, RowError>>, FileError> {
        let Some(row) = self.sheet.row(self.next) else { return Ok(None) };
        self.next += 1;
        self.rows += 1;
        if self.columns > 0 && (self.columns..row.len()).any(|column| !row.get(column).trim().is_empty()) {
            let reason = format!("the row has {} cells, the header {}", row.len(), self.columns);
            return Ok(Some(Err(RowError {
                line: row.line(),
                column: String::new(),
                reason,
                original: row.original(),
            })));
        }
        Ok(Some(Ok(row)))
    }

    fn position(&self) -> Resume {
        let line = self.sheet.row(self.next).map_or(0, |row| row.line());
        Resume { offset: 0, line, rows: self.rows, single_lines_until: 0 }
    }
}

/// Measures the file and, for zipped kinds, unpacks every entry into nothing, counting.
fn check_caps<R: Read + Seek>(
    reader: &mut R,
    book: Book,
    most_file: u64,
    most_unpacked: u64,
) -> Result<(), FileError> {
    if reader.seek(SeekFrom::End(0))? > most_file {
        return Err(FileError::WorkbookTooLarge { cap_mib: most_file >> 20 });
    }
    if book == Book::Xls {
        return Ok(());
    }
    reader.seek(SeekFrom::Start(0))?;
    let bad = |why: &dyn std::fmt::Display| FileError::BadWorkbook(why.to_string());
    let mut archive = zip::ZipArchive::new(reader).map_err(|error| bad(&error))?;
    if archive.len() > MOST_ENTRIES {
        return Err(bad(&"too many parts"));
    }
    let mut left = most_unpacked;
    for index in 0..archive.len() {
        let entry = archive.by_index(index).map_err(|error| bad(&error))?;
        let unpacked =
            std::io::copy(&mut entry.take(left + 1), &mut std::io::sink()).map_err(|error| bad(&error))?;
        left =
            left.checked_sub(unpacked).ok_or(FileError::UnpacksTooLarge { cap_mib: most_unpacked >> 20 })?;
    }
    Ok(())
}

fn read<R: Read + Seek>(reader: R, book: Book) -> Result<Sheet, Trouble> {
    match book {
        Book::Xlsx => {
            let mut workbook = Xlsx::new(reader)?;
            for name in workbook.sheet_names() {
                // A chart has a name among the sheets and no cells.
                let Ok(mut cells) = workbook.worksheet_cells_reader(&name) else { continue };
                let mut sheet = Sheet::default();
                while let Some(cell) = cells.next_cell()? {
                    let (row, column) = cell.get_position();
                    sheet.add(row, column, cell.get_value())?;
                }
                sheet.finish();
                if !sheet.is_empty() {
                    return Ok(sheet);
                }
            }
            Ok(Sheet::default())
        }
        Book::Xls => first_sheet(Xls::new(reader)?),
        Book::Ods => first_sheet(Ods::new(reader)?),
    }
}

fn first_sheet<R, W>(mut workbook: W) -> Result<Sheet, Trouble>
where
    R: Read + Seek,
    W: Reader<R>,
    Trouble: From<W::Error>,
{
    for name in workbook.sheet_names() {
        let range = workbook.worksheet_range(&name)?;
        let (top, left) = range.start().unwrap_or_default();
        let mut found = Sheet::default();
        for (row, column, value) in range.used_cells() {
            found.add(top + row as u32, left + column as u32, &sheet::borrowed(value))?;
        }
        found.finish();
        if !found.is_empty() {
            return Ok(found);
        }
    }
    Ok(Sheet::default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Cursor, Write};

    fn zip_of(entries: &[(&str, Vec<u8>)]) -> Cursor<Vec<u8>> {
        let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for (name, content) in entries {
            zip.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
            zip.write_all(content).unwrap();
        }
        zip.finish().unwrap()
    }

    #[test]
    fn a_bomb_is_counted_by_unpacking_it_and_names_the_cap() {
        let mut bomb = zip_of(&[("xl/a.xml", vec![b' '; 3 << 20]), ("xl/b.xml", vec![b' '; 3 << 20])]);
        assert!(bomb.get_ref().len() < 50_000);
        assert!(check_caps(&mut bomb, Book::Xlsx, MOST_FILE, 8 << 20).is_ok());
        let refusal = check_caps(&mut bomb, Book::Xlsx, MOST_FILE, 5 << 20).unwrap_err();
        assert!(matches!(refusal, FileError::UnpacksTooLarge { cap_mib: 5 }), "{refusal}");
        assert!(refusal.is_too_large());
        let refusal = check_caps(&mut bomb, Book::Xls, 1_000, 5 << 20).unwrap_err();
        assert!(matches!(refusal, FileError::WorkbookTooLarge { .. }));
    }

    #[test]
    fn an_archive_that_is_no_workbook_is_a_clear_error() {
        for book in [Book::Xlsx, Book::Ods, Book::Xls] {
            let refusal =
                WorkbookRows::open(zip_of(&[("a.txt", vec![1, 2, 3])]), book, true, 0, None).err().unwrap();
            assert!(matches!(refusal, FileError::BadWorkbook(_)), "{refusal}");
        }
    }

    #[test]
    fn a_cell_in_the_far_corner_costs_no_memory() {
        let sheet = r#"<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>
            <row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="B1048576"><v>2</v></c></row></sheetData></worksheet>"#;
        let mut rows = WorkbookRows::open(xlsx(sheet), Book::Xlsx, false, 0, None).unwrap();
        assert_eq!(rows.next_row().unwrap().unwrap().unwrap().line(), 1);
        assert_eq!(rows.next_row().unwrap().unwrap().unwrap().get(1), "2");
        let wide = sheet.replace("B1048576", "XFD1048576");
        let refusal = WorkbookRows::open(xlsx(&wide), Book::Xlsx, false, 0, None).err().unwrap();
        assert!(matches!(refusal, FileError::TooManyColumns { .. }), "{refusal}");
    }

    #[test]
    fn an_opendocument_sheet_gives_the_same_kind_of_rows() {
        let (office, table, text) = (
            "urn:oasis:names:tc:opendocument:xmlns:office:1.0",
            "urn:oasis:names:tc:opendocument:xmlns:table:1.0",
            "urn:oasis:names:tc:opendocument:xmlns:text:1.0",
        );
        let content = format!(
            r#"<?xml version="1.0"?><office:document-content xmlns:office="{office}" xmlns:table="{table}" xmlns:text="{text}"><office:body><office:spreadsheet><table:table table:name="S"><table:table-row><table:table-cell office:value-type="string"><text:p>Name</text:p></table:table-cell><table:table-cell office:value-type="string"><text:p>Phone</text:p></table:table-cell></table:table-row><table:table-row table:number-rows-repeated="3"><table:table-cell/></table:table-row><table:table-row><table:table-cell office:value-type="string"><text:p>Zoë</text:p></table:table-cell><table:table-cell office:value-type="float" office:value="919000004001"><text:p>9,19E+11</text:p></table:table-cell></table:table-row></table:table></office:spreadsheet></office:body></office:document-content>"#
        );
        let manifest =
            r#"<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>"#;
        let kind = b"application/vnd.oasis.opendocument.spreadsheet".to_vec();
        let book = zip_of(&[
            ("mimetype", kind),
            ("META-INF/manifest.xml", manifest.as_bytes().to_vec()),
            ("content.xml", content.into_bytes()),
        ]);
        let shown = crate::preview::inspect(book, "leads.bin").unwrap();
        assert_eq!(shown.format, crate::Format::Workbook { workbook: Book::Ods, has_header: true });
        assert_eq!((shown.rows[0].line, shown.rows[0].cells.join("|")), (5, "Zoë|919000004001".to_owned()));
    }

    fn xlsx(sheet: &str) -> Cursor<Vec<u8>> {
        let rels = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
        let book = format!(
            r#"<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="{rels}"><sheets><sheet name="S" sheetId="1" r:id="rId1"/></sheets></workbook>"#
        );
        let package = "http://schemas.openxmlformats.org/package/2006/relationships";
        let links = format!(
            r#"<Relationships xmlns="{package}"><Relationship Id="rId1" Type="{rels}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>"#
        );
        let root = format!(
            r#"<Relationships xmlns="{package}"><Relationship Id="rId1" Type="{rels}/officeDocument" Target="xl/workbook.xml"/></Relationships>"#
        );
        zip_of(&[
            ("_rels/.rels", root.into_bytes()),
            ("xl/workbook.xml", book.into_bytes()),
            ("xl/_rels/workbook.xml.rels", links.into_bytes()),
            ("xl/worksheets/sheet1.xml", sheet.as_bytes().to_vec()),
        ])
    }
}
