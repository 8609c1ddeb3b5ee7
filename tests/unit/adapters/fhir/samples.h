// The shipped sample resources.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace sam::fhir::test {

inline std::string ReadFileText(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return std::string((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
}

inline std::string Sample(const std::string& name) {
  std::string bytes =
      ReadFileText(std::string(SAM_SOURCE) + "/adapters/bvc/samples/fhir/" + name + ".json");
  EXPECT_FALSE(bytes.empty()) << name;
  return bytes;
}

inline std::vector<std::string> JsonFiles(const std::string& folder) {
  std::vector<std::string> out;
  if (!std::filesystem::is_directory(folder)) return out;
  for (const auto& file : std::filesystem::directory_iterator(folder))
    if (file.path().extension() == ".json") out.push_back(file.path().string());
  std::sort(out.begin(), out.end());
  return out;
}

}  // namespace sam::fhir::test
