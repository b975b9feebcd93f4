# Confidence sets for the ranks of 38 countries by their PISA 2018 mathematics score (OECD), by the authors of the
# method: Mogstad, Romano, Shaikh & Wilhelm (2024), R package csranks, which carries the scores as `pisa2018`.
# Call: Rscript pisa2018.R > pisa2018.csv  (two minutes and 3 GB)
#
# Two-sided, 95 %, single-step and (columns steps_…) step-down. The kept file was made with the functions of the package's repository,
# github.com/danielwilhelm/R-CS-ranks at bd4f755 (version 1.2.2.9001), and MASS 7.3-58.2, because CRAN could not be
# reached. A second seed gave the same 152 bounds; 20,000 draws for the marginal sets left one of them in doubt.
# The step-down sets were made later, with the same functions and the errors drawn by rnorm(), since they are independent.
# For these a second seed gave another best rank to one country, the United Kingdom alone: 7 and not 8.

library(csranks)

data(pisa2018)
scores <- na.omit(pisa2018[, c("jurisdiction", "math_score", "math_se")])
sets <- function(simul, draws, steps = FALSE) {
  csranks(scores$math_score, diag(scores$math_se^2), coverage = 0.95, cstype = "two-sided",
          stepdown = steps, R = draws, simul = simul, seed = 101)
}
marginal <- sets(FALSE, 200000)
joint <- sets(TRUE, 20000)
steps <- sets(FALSE, 200000, TRUE)
joint_steps <- sets(TRUE, 20000, TRUE)
write.csv(
  data.frame(
    unit = scores$jurisdiction, value = format(scores$math_score, digits = 16, trim = TRUE),
    se = format(scores$math_se, digits = 16, trim = TRUE), rank = marginal$rank,
    low = marginal$L, upp = marginal$U, joint_low = joint$L, joint_upp = joint$U,
    steps_low = steps$L, steps_upp = steps$U, steps_joint_low = joint_steps$L, steps_joint_upp = joint_steps$U
  ),
  row.names = FALSE, quote = FALSE
)
