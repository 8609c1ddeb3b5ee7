// CSV behind the SourceRecord door: one row, its columns by name. A place is
//   orsak                 a column, in any case of ASCII letters
//   datum+tid             several, joined with a blank; empty ones are left out
//   number(dft)           a whole number, also with a decimal comma: "2,0" is 2
//   cased(index)          with "/small" or "/capital" after it, by its first letter: code tables
//                         do not tell small from capital letters, and dft is not DFT
//   list(koder)           several values in one cell, between commas
//   forsok:2              the second part of an entry of such a list: "brev/2026-01-12, sms/...";
//                         as a person number it needs its century, or - or +
//   adult(vardnadshavare) a person number whose missing century is an adult's
//   local(patientnr)      an identifier of the source's own (patient_system in the configuration)
// A unit (`each`) is a column whose cell is a list: each = "forsok".
// Any thread, one at a time. The format is owned by the mapping and outlives its records.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/hl7/timestamp.h"
#include "adapters/hl7/zone.h"
#include "adapters/kit/source_record.h"

namespace sam::csv {

struct CsvPlace {
  enum class How { kPlain, kNumber, kCased, kList, kAdult, kLocal, kPart };
  How how = How::kPlain;
  std::vector<std::string> columns;  // lower case
  size_t part = 0;                   // kPart: from 1
};

class CsvFormat final : public kit::SourceFormat {
 public:
  std::string name() const override { return "csv"; }
  Result<kit::Selector> Compile(std::string_view text) override;
  Status CheckUnit(std::string_view unit) const override;
  Status CheckTrigger(std::string_view trigger) const override;
  const CsvPlace& at(const kit::Selector& selector) const { return compiled_[selector.id]; }
  // Every column that some place names, so that a header without it is found before the first file.
  std::vector<std::string> Columns() const;

 private:
  std::vector<CsvPlace> compiled_;
};

struct CsvRow {
  std::map<std::string, std::string, std::less<>> values;  // by column in lower case; UTF-8
  std::string trigger;
  std::string message_id;
  std::string patient_system;
  bool lenient_numbers = false;
  bool charset_guessed = false;
  // Columns that the decoder reads for itself, lower case; the decoder's, which outlives records.
  const std::vector<std::string>* own = nullptr;
};

class CsvRecord final : public kit::SourceRecord {
 public:
  // `today` judges centuries of ten-digit person numbers.
  CsvRecord(const CsvFormat& format, CsvRow row, const hl7::Zone& zone, Millis today);

  kit::Selected Get(const kit::Selector& selector, const kit::Scope& scope) const override;
  std::vector<kit::Selected> All(const kit::Selector& selector,
                                 const kit::Scope& scope) const override;
  unsigned Count(std::string_view unit) const override;
  std::string trigger() const override { return row_.trigger; }
  Result<std::string> MessageId() const override { return row_.message_id; }
  bool test() const override { return false; }
  Result<kit::TimeValue> Time(std::string_view text) const override;
  Result<std::string> Date(std::string_view text) const override;
  std::vector<kit::IdentifierValue> Identifiers(const kit::Selector& selector,
                                                const kit::Scope& scope) const override;
  std::string PersonName(const kit::Selector& selector, const kit::Scope& scope) const override;
  std::vector<std::string> Doubts() const override;
  std::vector<std::string> Places() const override;
  std::vector<std::string> Touched(const kit::Selector& selector,
                                   const kit::Scope& scope) const override;

 private:
  std::string_view Cell(std::string_view column) const;  // trimmed; empty: nothing there

  const CsvFormat& format_;
  CsvRow row_;
  hl7::ZonePolicy zones_;
  Millis today_;
};

}  // namespace sam::csv
