// A report as sheets of labelled cells in one language: what the text, CSV, JSON and page are all made
// from, so that none of them can show what another hides. Pure, any thread.
#pragma once

#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "broker/contract/texts.h"
#include "broker/statistics/report.h"

namespace sam::statistics {

enum class Unit { kCount, kShare, kTime };  // whole numbers; 0..1; milliseconds

struct Cell {
  std::optional<double> value;  // empty: left out, since too few stand behind it
  bool none = false;            // nothing to tell: not left out
};

struct SheetRow {
  std::string label, legal_class;
  std::vector<Cell> cells;
  bool total = false;
};

struct Sheet {
  // "types", "ages", "municipalities", "outcomes", "clocks", "reasons", "activities", "activity-ages",
  // "activity-municipalities", "offers"
  std::string id;
  std::string title, about;
  std::string row_header;
  bool classes = false;  // the rows have a legal class
  struct Column {
    std::string label;
    Unit unit = Unit::kCount;
  };
  std::vector<Column> columns;
  std::vector<SheetRow> rows;
};

// Names of municipalities by code; a code without a name stands for itself.
using Names = std::map<std::string, std::string>;

struct Sheets {
  std::string title, period, note;
  std::string empty;  // not empty: too few, and there are no sheets
  bool test = false;
  contract::Language language = contract::Language::kSwedish;
  std::vector<Sheet> all;
  const Sheet* Find(std::string_view id) const;  // null: not there
};
Sheets MakeSheets(const Report& report, const Names& municipalities, contract::Language language);

// "1 234", "83 %", "2,5 d", ".." for what is left out, "-" for nothing to tell.
std::string CellText(const Cell& cell, Unit unit, contract::Language language);

// One line for each cell: period, sheet, row, class, column, value, unit. Separated by semicolons, UTF-8
// with a byte order mark, so that a spreadsheet opens it as it is. Left out: "..".
std::string Csv(const Sheets& sheets, const std::string& period);
// {"period", "sheets": [{"id", "rows": [{"label", "class", "cells": {column: number or null}}]}]}
nlohmann::json Json(const Sheets& sheets, const Report& report);

}  // namespace sam::statistics
