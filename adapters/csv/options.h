// What one kind of CSV file looks like, as its receiver and its sender agreed. Read from a table
// of adapter.toml; a plain value, const after reading.
#pragma once

#include <string>
#include <vector>

#include "adapters/csv/row_reader.h"
#include "adapters/hl7/charset.h"
#include "broker/config/toml.h"

namespace sam::csv {

struct CsvOptions {
  RowOptions rows;
  std::vector<std::string> columns;   // the header is these, in this order; or, when empty ...
  std::vector<std::string> required;  // ... it has at least these
  std::string trigger_column;         // its value is the trigger; empty: the trigger is "ROW"
  // The row's own id, of one column or several. Empty: the id is the file's name, the line and a
  // trace of the content.
  std::vector<std::string> id_columns;
  // A row whose cell here holds no person number of a known form is put aside: it is about nobody.
  std::vector<std::string> person_columns;
  std::string patient_system;    // identifier system (OID or name) for local(COLUMN)
  bool lenient_numbers = false;  // ten-digit person numbers without - or +
  hl7::CharsetPolicy charset;
  uint64_t max_rows = 2'000'000;
};

// Notes errors in the table.
CsvOptions ReadCsvOptions(config::Table& table);

const char* SeparatorName(char separator);  // "semicolon"
// The separator of a name in configuration or envelope; 0: none.
char SeparatorByName(std::string_view name);

}  // namespace sam::csv
