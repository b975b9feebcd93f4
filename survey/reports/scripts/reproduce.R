# Recompute the indices of indices.csv from responses.csv, with base R alone:  Rscript reproduce.R
#
# codebook.csv says what each answer is worth. Formulas (docs/methodology.md of the project):
#   an index is 100 x (sum of worths) / (largest worth x number of valid answers), taken over
#   P1 all answers of all items; P2 each item, then the mean of the items; P3 each dimension, then their mean.
# No answer and not applicable leave the base. Exit status 1: a figure differs by more than 1e-9, or has no partner.

TOLERANCE <- 1e-9

script <- sub("^--file=", "", grep("^--file=", commandArgs(FALSE), value = TRUE))
folder <- if (length(script)) dirname(script[1]) else "."

read_file <- function(name) {
  table <- read.csv(file.path(folder, name), colClasses = "character", encoding = "UTF-8",
                    na.strings = character(), check.names = FALSE)
  # The byte order mark sticks to the first name.
  names(table) <- gsub("[^A-Za-z0-9_]", "", names(table), useBytes = TRUE)
  table
}

responses <- read_file("responses.csv")
indices <- read_file("indices.csv")
codebook <- read_file("codebook.csv")
scale <- codebook[codebook$worth != "", ]
largest <- max(as.numeric(scale$worth))

# One column per item: what the answer is worth, NA where it is none.
items <- unique(scale[c("variable", "dimension")])
worth <- lapply(items$variable, function(item) {
  rows <- scale[scale$variable == item, ]
  as.numeric(rows$worth)[match(responses[[item]], rows$value)]
})
worth <- matrix(unlist(worth), nrow = nrow(responses))

pooled <- function(cells) {
  answers <- sum(!is.na(cells))
  if (answers == 0) NA else 100 * sum(cells, na.rm = TRUE) / (largest * answers)
}

# The columns of a part of the questionnaire as they are pooled before a mean is taken.
bundles <- function(columns, formula) {
  if (formula == "P2") as.list(columns)
  else if (formula == "P3") split(columns, items$dimension[columns])
  else list(columns)
}

index_of <- function(agency, part, formula) {
  columns <- if (part == "overall") seq_len(nrow(items)) else which(items$dimension == part)
  rows <- responses$agency_code == agency
  figures <- sapply(bundles(columns, formula), function(bundle) pooled(worth[rows, bundle]))
  if (all(is.na(figures))) NA else mean(figures, na.rm = TRUE)
}

formula <- sub(".*[+]", "", indices$method)
published <- suppressWarnings(as.numeric(indices$index))
recomputed <- as.numeric(mapply(index_of, indices$agency_code, indices$dimension, formula))
partners <- is.na(published) == is.na(recomputed)
largest_difference <- max(0, abs(published - recomputed), na.rm = TRUE)

cat("figures compared:", sum(!is.na(published)), "\n")
cat("largest difference:", format(largest_difference, digits = 3), "\n")
if (!all(partners) || largest_difference > TOLERANCE) quit(status = 1)
