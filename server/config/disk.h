// The files of a configuration on the disk, read whole and bounded.
#pragma once

#include <string>
#include <vector>

#include "config/config.h"
#include "config/read.h"

namespace breakwater::config {

SourceFile read_source(const std::string& path);  // trouble where it is no readable file of at most 1 MiB

// The *.toml of a folder by name, hidden ones left out. No folder: none. What is wrong with the folder itself
// comes as a file with trouble.
std::vector<SourceFile> read_lists(const std::string& folder);

std::string why_unreadable(const std::string& path);
// Of a file that holds a password: that everybody may read it, or that it is empty; else nothing.
std::string why_no_secret(const std::string& path);
std::string why_not_executable(const std::string& path);

Loaded load_with(const SourceFile& server, const std::vector<SourceFile>& list_files, const Disk& disk);

}  // namespace breakwater::config
