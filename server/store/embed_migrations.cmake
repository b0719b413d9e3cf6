# migrations/*.sql become a table in the binary, so that an installed server needs no files beside itself and cannot
# be paired with the wrong ones. Run at configure time; a changed or new file makes the build configure again.
file(GLOB migration_files CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/migrations/*.sql)
list(SORT migration_files)
set(migration_rows "")
foreach(file IN LISTS migration_files)
  set_property(DIRECTORY ${CMAKE_SOURCE_DIR} APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
  get_filename_component(name ${file} NAME_WE)
  file(READ ${file} text)
  string(APPEND migration_rows "{\"${name}\", R\"migration(${text})migration\"},\n")
endforeach()
file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/generated/store/migrations.inc CONTENT "@migration_rows@" @ONLY)
add_library(embedded_migrations INTERFACE)
target_include_directories(embedded_migrations INTERFACE ${CMAKE_BINARY_DIR}/generated)
