//! Imports of users.

use poolhouse_core::{Cx, import};
use poolhouse_kernel::Fault;
use poolhouse_wire::user_pools::{
    CreateUserImportJobRequest, CreateUserImportJobResponse, DescribeUserImportJobRequest,
    DescribeUserImportJobResponse, GetCSVHeaderRequest, GetCSVHeaderResponse, ListUserImportJobsRequest,
    ListUserImportJobsResponse, StartUserImportJobRequest, StartUserImportJobResponse,
    StopUserImportJobRequest, StopUserImportJobResponse,
};

pub(crate) async fn get_csv_header(
    cx: &Cx,
    input: GetCSVHeaderRequest,
) -> Result<GetCSVHeaderResponse, Fault> {
    let header = import::csv_header(cx, &input.user_pool_id).await?;
    Ok(GetCSVHeaderResponse { user_pool_id: Some(input.user_pool_id), csv_header: Some(header) })
}

pub(crate) async fn create_user_import_job(
    cx: &Cx,
    input: CreateUserImportJobRequest,
) -> Result<CreateUserImportJobResponse, Fault> {
    let (name, role) = (input.job_name, input.cloud_watch_logs_role_arn);
    let job = import::create(cx, &input.user_pool_id, name, role, input.password_hashing_algorithm).await?;
    Ok(CreateUserImportJobResponse { user_import_job: Some(job) })
}

pub(crate) async fn describe_user_import_job(
    cx: &Cx,
    input: DescribeUserImportJobRequest,
) -> Result<DescribeUserImportJobResponse, Fault> {
    let job = import::describe(cx, &input.user_pool_id, &input.job_id).await?;
    Ok(DescribeUserImportJobResponse { user_import_job: Some(job) })
}

pub(crate) async fn list_user_import_jobs(
    cx: &Cx,
    input: ListUserImportJobsRequest,
) -> Result<ListUserImportJobsResponse, Fault> {
    let token = input.pagination_token.as_deref();
    let page = import::list(cx, &input.user_pool_id, input.max_results, token).await?;
    Ok(ListUserImportJobsResponse { user_import_jobs: Some(page.items), pagination_token: page.next_token })
}

pub(crate) async fn start_user_import_job(
    cx: &Cx,
    input: StartUserImportJobRequest,
) -> Result<StartUserImportJobResponse, Fault> {
    let job = import::start(cx, &input.user_pool_id, &input.job_id).await?;
    Ok(StartUserImportJobResponse { user_import_job: Some(job) })
}

pub(crate) async fn stop_user_import_job(
    cx: &Cx,
    input: StopUserImportJobRequest,
) -> Result<StopUserImportJobResponse, Fault> {
    let job = import::stop(cx, &input.user_pool_id, &input.job_id).await?;
    Ok(StopUserImportJobResponse { user_import_job: Some(job) })
}
