// The administrator's own templates: templates_dir/LANGUAGE/LETTER.txt, each in the place of the server's.
#pragma once

#include <string>
#include <vector>

#include "config/config.h"
#include "config/problems.h"
#include "config/rules.h"

namespace breakwater::config {

// All of a folder, by language and name; only what has the name of a letter is read. What is wrong with a
// folder or a name comes as a file with trouble.
std::vector<SourceFile> read_templates(const std::string& folder);

// Adds the files, which must outlive `problems`, to the server's templates. Notes: the letters that a
// language of the administrator's own lacks.
std::vector<Problem> add_templates(Problems& problems, Reader& reader, ReadServer& server,
                                   const std::vector<SourceFile>& files);

// That there are templates in each language that is set. A list that sets none has the server's.
void check_languages(Problems& problems, Reader& reader, const ReadServer& server,
                     std::vector<ReadList>& lists);

}  // namespace breakwater::config
