// Certificate: what one certificate says, and CertificatePin: which certificate a peer must show.
// Any thread, plain values.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "broker/base/result.h"

namespace sam::tls {

struct Certificate {
  std::string fingerprint;         // SHA-256 over its bytes, 64 characters of lower-case hex
  std::vector<std::string> names;  // subject alternative names: DNS, e-mail, URI; as written
  // The subject's parts, short name and value: ("CN", "..."), ("serialNumber", "SE...").
  std::vector<std::pair<std::string, std::string>> subject;
};

class CertificatePin {
 public:
  // One of: a SHA-256 fingerprint (64 hex, with or without colons or "sha256:" in front); parts of
  // the subject such as "CN=cosmic, serialNumber=SE2321000198-A1" (all must be there; a comma or a
  // backslash in a value is written with a backslash before it); or a name, which must be among
  // the alternative names, or be the CN of a certificate that has none. kInvalid otherwise.
  static Result<CertificatePin> Parse(std::string_view text);

  // Names compare without case; values of the subject exactly. No wildcards.
  bool Matches(const Certificate& certificate) const;

 private:
  std::string fingerprint_;
  std::vector<std::pair<std::string, std::string>> subject_;
  std::string name_;
};

}  // namespace sam::tls
