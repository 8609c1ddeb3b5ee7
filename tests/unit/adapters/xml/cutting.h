// A file through both walks, in pieces and blocks of any size.
#pragma once

#include <string>
#include <vector>

#include "adapters/xml/envelope.h"
#include "adapters/xml/file_walks.h"

namespace sam::xml::test {

inline XmlOptions Options() {
  XmlOptions out;
  out.record = {"leverans", "handelse"};
  return out;
}

struct CutFile {
  Scanned scanned;
  std::vector<Envelope> records;
};

inline CutFile Cut(const XmlOptions& options, std::string_view bytes, size_t piece = 1 << 20,
                   size_t block = SaxParser::kBlock, uint64_t first = 1) {
  CutFile out;
  Scan scan(options, block);
  for (size_t at = 0; at < bytes.size(); at += piece) scan.Feed(bytes.substr(at, piece));
  out.scanned = scan.Finish();
  if (!out.scanned.refusal.empty()) return out;
  RecordMessages records(options, out.scanned, "a.xml", false, block);
  records.StartAt(first);
  const auto drain = [&] {
    while (std::optional<RecordMessage> one = records.Next()) {
      Result<Envelope> envelope = ReadEnvelope(one->bytes);
      if (envelope.ok()) out.records.push_back(std::move(*envelope));
    }
  };
  for (size_t at = 0; at < bytes.size(); at += piece) {
    records.Feed(bytes.substr(at, piece));
    drain();
  }
  records.Finish();
  drain();
  return out;
}

inline std::string Refusal(const XmlOptions& options, std::string_view bytes) {
  return Cut(options, bytes).scanned.refusal;
}

}  // namespace sam::xml::test
