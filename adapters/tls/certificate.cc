#include "adapters/tls/certificate.h"

#include <algorithm>
#include <cctype>

#include "broker/base/text.h"

namespace sam::tls {
namespace {

constexpr size_t kFingerprintHex = 64;
constexpr std::string_view kScheme = "sha256:";

std::string WithoutColons(std::string_view text) {
  std::string out;
  for (const char c : text)
    if (c != ':') out += c;
  return out;
}

// "A=b, C=d\, e" -> (A, b), (C, "d, e"). False: not of this form.
bool SplitSubject(std::string_view text, std::vector<std::pair<std::string, std::string>>& out) {
  std::vector<std::string> parts(1);
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 1 < text.size())
      parts.back() += text[++i];
    else if (text[i] == ',')
      parts.emplace_back();
    else
      parts.back() += text[i];
  }
  for (const std::string& part : parts) {
    const size_t equals = part.find('=');
    if (equals == std::string::npos) return false;
    const std::string_view key = Trim(std::string_view(part).substr(0, equals));
    const std::string_view value = Trim(std::string_view(part).substr(equals + 1));
    if (key.empty() || value.empty()) return false;
    out.emplace_back(std::string(key), std::string(value));
  }
  return true;
}

}  // namespace

Result<CertificatePin> CertificatePin::Parse(std::string_view text) {
  constexpr const char* kExpected =
      "a SHA-256 fingerprint (64 hex), parts of the subject (CN=..., serialNumber=...) or "
      "a name";
  const std::string_view trimmed = Trim(text);
  CertificatePin out;
  const bool scheme = LowerAscii(trimmed.substr(0, kScheme.size())) == kScheme;
  const std::string hex = LowerAscii(WithoutColons(scheme ? trimmed.substr(kScheme.size()) : trimmed));
  if (hex.size() == kFingerprintHex && FromHex(hex)) {
    out.fingerprint_ = hex;
    return out;
  }
  if (scheme || trimmed.empty()) return Invalid(kExpected);
  if (trimmed.find('=') != std::string_view::npos) {
    if (!SplitSubject(trimmed, out.subject_)) return Invalid(kExpected);
    return out;
  }
  if (trimmed.find_first_of(" *,") != std::string_view::npos) return Invalid(kExpected);
  out.name_ = LowerAscii(trimmed);
  return out;
}

bool CertificatePin::Matches(const Certificate& certificate) const {
  if (!fingerprint_.empty()) return certificate.fingerprint == fingerprint_;
  if (!subject_.empty())
    return std::all_of(subject_.begin(), subject_.end(), [&](const auto& part) {
      return std::find(certificate.subject.begin(), certificate.subject.end(), part) !=
             certificate.subject.end();
    });
  if (name_.empty()) return false;
  if (!certificate.names.empty())
    return std::any_of(certificate.names.begin(), certificate.names.end(),
                       [&](const std::string& name) { return LowerAscii(name) == name_; });
  return std::any_of(certificate.subject.begin(), certificate.subject.end(), [&](const auto& part) {
    return part.first == "CN" && LowerAscii(part.second) == name_;
  });
}

}  // namespace sam::tls
