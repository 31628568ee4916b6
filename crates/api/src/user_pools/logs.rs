//! Where the logs of pools go.

use poolhouse_core::{Cx, logs};
use poolhouse_kernel::Fault;
use poolhouse_wire::user_pools::{
    GetLogDeliveryConfigurationRequest, GetLogDeliveryConfigurationResponse,
    SetLogDeliveryConfigurationRequest, SetLogDeliveryConfigurationResponse,
};

pub(crate) async fn get_log_delivery_configuration(
    cx: &Cx,
    input: GetLogDeliveryConfigurationRequest,
) -> Result<GetLogDeliveryConfigurationResponse, Fault> {
    let configuration = logs::configuration(cx, &input.user_pool_id).await?;
    Ok(GetLogDeliveryConfigurationResponse { log_delivery_configuration: Some(configuration) })
}

pub(crate) async fn set_log_delivery_configuration(
    cx: &Cx,
    input: SetLogDeliveryConfigurationRequest,
) -> Result<SetLogDeliveryConfigurationResponse, Fault> {
    let wanted = input.log_configurations;
    let configuration = logs::set_configuration(cx, &input.user_pool_id, wanted).await?;
    Ok(SetLogDeliveryConfigurationResponse { log_delivery_configuration: Some(configuration) })
}
